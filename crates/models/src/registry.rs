//! The port to the records of resources. The database that keeps jobs keeps them too, so that a model and the job that
//! trains it are made in one transaction.

use async_trait::async_trait;
use construe_jobs::{ClientToken, JobState, NewJob, StoreError, Tag, Timestamp};

use crate::resource::{Resource, ResourceKind};

/// Whose resources, of which kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceOwner {
    pub account: String,
    pub region: String,
    pub kind: ResourceKind,
}

/// A resource to be stored.
#[derive(Debug, Clone)]
pub struct NewResource {
    pub arn: String,
    pub owner: ResourceOwner,
    pub name: String,
    pub version: Option<String>,
    /// [`Resource::variant`].
    pub variant: Option<String>,
    /// [`Resource::parent`]; must exist and belong to the same account and region.
    pub parent: Option<String>,
    /// [`Resource::uses`]; must exist and belong to the same account and region.
    pub uses: Option<String>,
    pub request: serde_json::Value,
    pub properties: serde_json::Value,
    pub tags: Vec<Tag>,
    pub limit: Option<Limit>,
}

/// How many resources of one kind there may be (and of one variant, if the kind has variants).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    OfOwner(u32),
    OfParent(u32),
    /// Of the owner, counting those alone whose making has not ended.
    OfOwnerBeingMade(u32),
}

/// What one request makes.
#[derive(Debug, Clone)]
pub struct Creation {
    /// What the client asked for.
    pub resource: NewResource,
    /// What comes into being along with it, made by the same job: the model of a flywheel's iteration.
    pub along: Option<NewResource>,
    /// The job that makes them, stored in the same transaction and rung for. Its own `token` and `tags` are not used.
    pub job: Option<NewJob>,
    /// The client's idempotency token. It is forgotten with the resource.
    pub token: Option<ClientToken>,
}

#[derive(Debug, Clone)]
pub struct CreatedResource {
    pub resource: Resource,
    /// Whether the client's token had already made this resource.
    pub replayed: bool,
}

/// States are those of the making job; an adapter of the protocol knows which of them a status stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum ResourceFilter {
    Name(String),
    Variant(String),
    Parent(String),
    /// That refer to this model; endpoints also by following a flywheel of which it is the active model.
    Uses(String),
    /// Made by a job in one of these states; `None` in the list: made by no job.
    Making(Vec<Option<JobState>>),
    CreatedBefore(Timestamp),
    CreatedAfter(Timestamp),
}

/// Position in a listing, which goes from the newest to the oldest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourcePosition {
    pub created: Timestamp,
    pub arn: String,
}

/// All versions of a model's name.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceSummary {
    pub name: String,
    pub versions: u32,
    pub latest: Resource,
}

/// What an endpoint or a flywheel is changed to refer to, by ARN; it must exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Referent<'a> {
    /// [`Resource::uses`].
    Model(&'a str),
    /// [`Resource::parent`]: that of an endpoint which follows the active model.
    Flywheel(&'a str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    Deleted,
    NotFound,
    /// The job that makes it has not ended.
    BeingMade,
    /// A job that has not ended works with it, or makes something that belongs to it.
    UsedByJob,
    /// Another resource refers to it: an endpoint's model or flywheel, a flywheel's active model.
    UsedByResource(ResourceKind),
}

#[async_trait]
pub trait ModelRegistry: Send + Sync {
    /// Stores what a request makes, all of it or nothing; the resource that the client asked for.
    async fn create_resource(&self, creation: Creation) -> Result<CreatedResource, RegistryError>;
    /// The resource that a client's token made, while it exists ([`RegistryError::TokenReused`]: for another request).
    async fn resource_of_token(
        &self,
        owner: &ResourceOwner,
        token: &ClientToken,
    ) -> Result<Option<Resource>, RegistryError>;
    async fn get_resource(&self, account: &str, region: &str, arn: &str) -> Result<Option<Resource>, StoreError>;
    /// Newest first; at most `limit`, after `after`. All filters must hold.
    async fn list_resources(
        &self,
        owner: &ResourceOwner,
        filters: &[ResourceFilter],
        after: Option<&ResourcePosition>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError>;
    /// One for each name, by name, at most `limit`, after the name `after`.
    async fn summarize_resources(
        &self,
        owner: &ResourceOwner,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ResourceSummary>, StoreError>;
    /// Replaces the properties of a resource if its revision still is `revision`; with a referent, the resource refers
    /// to that one from now on, and to nothing else. `None`: gone, or of another revision.
    async fn update_resource(
        &self,
        arn: &str,
        revision: i64,
        properties: &serde_json::Value,
        referent: Option<Referent<'_>>,
    ) -> Result<Option<Resource>, RegistryError>;
    /// Removes a resource with its tags unless something needs it. A flywheel takes its datasets and iterations with
    /// it, and lets its models go. What the work bucket held of it is [`garbage`](Self::garbage) afterwards.
    async fn delete_resource(&self, owner: &ResourceOwner, arn: &str) -> Result<Deletion, StoreError>;
    /// Prefixes of keys in the work bucket that belong to nothing any more; at most `limit`.
    async fn garbage(&self, limit: u32) -> Result<Vec<String>, StoreError>;
    async fn garbage_removed(&self, prefix: &str) -> Result<(), StoreError>;
}

#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The ARN is taken.
    #[error("a resource with this name exists")]
    Exists,
    /// The client's token was used for another request before.
    #[error("the client request token was used with another request")]
    TokenReused,
    /// The parent, or what the resource refers to, does not exist (any more).
    #[error("what the resource refers to does not exist")]
    NoReferent,
    #[error("more than {limit} resources of this kind")]
    TooMany { limit: u32 },
    #[error(transparent)]
    Store(#[from] StoreError),
}
