//! The records of resources, of which the control plane only needs what jobs make them and what is to be removed.

use std::sync::Mutex;

use async_trait::async_trait;
use construe_jobs::{ClientToken, StoreError};
use construe_models::{
    CreatedResource, Creation, Deletion, ModelRegistry, Referent, RegistryError, Resource, ResourceFilter,
    ResourceOwner, ResourcePosition, ResourceSummary,
};

#[derive(Default)]
pub struct FakeModels {
    /// From the oldest to the newest.
    pub resources: Mutex<Vec<Resource>>,
    pub garbage: Mutex<Vec<String>>,
}

#[async_trait]
impl ModelRegistry for FakeModels {
    async fn create_resource(&self, _: Creation) -> Result<CreatedResource, RegistryError> {
        unreachable!("the gateway's")
    }

    async fn resource_of_token(&self, _: &ResourceOwner, _: &ClientToken) -> Result<Option<Resource>, RegistryError> {
        unreachable!("the gateway's")
    }

    async fn get_resource(&self, account: &str, region: &str, arn: &str) -> Result<Option<Resource>, StoreError> {
        let resources = self.resources.lock().unwrap();
        let wanted =
            |resource: &&Resource| (&*resource.account, &*resource.region, &*resource.arn) == (account, region, arn);
        Ok(resources.iter().find(wanted).cloned())
    }

    async fn list_resources(
        &self,
        owner: &ResourceOwner,
        filters: &[ResourceFilter],
        _: Option<&ResourcePosition>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        let [ResourceFilter::Parent(parent)] = filters else {
            unreachable!("the gateway's");
        };
        let resources = self.resources.lock().unwrap();
        let wanted = |resource: &&Resource| {
            (&resource.account, &resource.region, resource.kind) == (&owner.account, &owner.region, owner.kind)
                && resource.parent.as_ref() == Some(parent)
        };
        let newest = resources.iter().rev().filter(wanted).take(limit as usize);
        Ok(newest.cloned().collect())
    }

    async fn summarize_resources(
        &self,
        _: &ResourceOwner,
        _: Option<&str>,
        _: u32,
    ) -> Result<Vec<ResourceSummary>, StoreError> {
        unreachable!("the gateway's")
    }

    async fn update_resource(
        &self,
        _: &str,
        _: i64,
        _: &serde_json::Value,
        _: Option<Referent<'_>>,
    ) -> Result<Option<Resource>, RegistryError> {
        unreachable!("the gateway's")
    }

    async fn delete_resource(&self, _: &ResourceOwner, _: &str) -> Result<Deletion, StoreError> {
        unreachable!("the gateway's")
    }

    async fn garbage(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        let garbage = self.garbage.lock().unwrap();
        Ok(garbage.iter().take(limit as usize).cloned().collect())
    }

    async fn garbage_removed(&self, prefix: &str) -> Result<(), StoreError> {
        self.garbage.lock().unwrap().retain(|waiting| waiting != prefix);
        Ok(())
    }
}
