//! The port, method by method: which kind of transaction each one needs.

use async_trait::async_trait;
use construe_jobs::{ClientToken, StoreError};
use construe_models::{
    CreatedResource, Creation, Deletion, ModelRegistry, Referent, RegistryError, Resource, ResourceFilter,
    ResourceOwner, ResourcePosition, ResourceSummary,
};

use super::{change, create, garbage, read};
use crate::Store;
use crate::attempts::run;

#[async_trait]
impl ModelRegistry for Store {
    async fn create_resource(&self, creation: Creation) -> Result<CreatedResource, RegistryError> {
        run!(self, "create_resource", serializable, tx => create::create(tx, &self.policy, &creation))?
    }

    async fn resource_of_token(
        &self,
        owner: &ResourceOwner,
        token: &ClientToken,
    ) -> Result<Option<Resource>, RegistryError> {
        run!(self, "resource_of_token", reader, c => create::of_token(c, owner, token))?
    }

    async fn get_resource(&self, account: &str, region: &str, arn: &str) -> Result<Option<Resource>, StoreError> {
        run!(self, "get_resource", reader, c => read::get(c, account, region, arn))
    }

    async fn list_resources(
        &self,
        owner: &ResourceOwner,
        filters: &[ResourceFilter],
        after: Option<&ResourcePosition>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        run!(self, "list_resources", reader, c => read::list(c, owner, filters, after, limit))
    }

    async fn summarize_resources(
        &self,
        owner: &ResourceOwner,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ResourceSummary>, StoreError> {
        run!(self, "summarize_resources", reader, c => read::summaries(c, owner, after, limit))
    }

    async fn update_resource(
        &self,
        arn: &str,
        revision: i64,
        properties: &serde_json::Value,
        referent: Option<Referent<'_>>,
    ) -> Result<Option<Resource>, RegistryError> {
        run!(self, "update_resource", transaction, tx => change::update(tx, arn, revision, properties, referent))?
    }

    async fn delete_resource(&self, owner: &ResourceOwner, arn: &str) -> Result<Deletion, StoreError> {
        run!(self, "delete_resource", transaction, tx => change::delete(tx, owner, arn))
    }

    async fn garbage(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        run!(self, "garbage", reader, c => garbage::list(c, limit))
    }

    async fn garbage_removed(&self, prefix: &str) -> Result<(), StoreError> {
        run!(self, "garbage_removed", writer, c => garbage::removed(c, prefix))
    }
}
