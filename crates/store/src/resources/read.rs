//! Reading resources: one, a page of them, a page of names.

use construe_models::{Resource, ResourceFilter, ResourceOwner, ResourcePosition, ResourceSummary};

use super::rows::{ResourceRow, SummaryRow, first_trained, select_resource};
use crate::database::{Connection, Value, values};
use crate::error::Fault;
use crate::rows::small;

pub(super) async fn read(connection: &mut Connection, arn: &str) -> Result<Option<Resource>, Fault> {
    let row: Option<ResourceRow> = connection
        .optional(
            concat!(select_resource!("resources.get", ""), " WHERE r.arn = $1"),
            values![arn: arn],
        )
        .await?;
    row.map(Resource::try_from).transpose()
}

pub(super) async fn get(
    connection: &mut Connection,
    account: &str,
    region: &str,
    arn: &str,
) -> Result<Option<Resource>, Fault> {
    let resource = read(connection, arn).await?;
    Ok(resource.filter(|resource| resource.account == account && resource.region == region))
}

/// Keyset paging: a page begins after a position, whatever was added before it in the meantime.
pub(super) async fn list(
    connection: &mut Connection,
    owner: &ResourceOwner,
    filters: &[ResourceFilter],
    after: Option<&ResourcePosition>,
    limit: u32,
) -> Result<Vec<Resource>, Fault> {
    let (sql, bound) = list_query(owner, filters, after, limit);
    let rows: Vec<ResourceRow> = connection.all(sql, bound).await?;
    rows.into_iter().map(Resource::try_from).collect()
}

/// What uses a model: by its name, or, of an endpoint, by following a flywheel of which it is the active model.
const USES: &str = concat!(
    " AND COALESCE(r.uses, (SELECT COALESCE(f.uses, ",
    first_trained!("f"),
    ") FROM resources f WHERE r.kind = 'endpoint' AND f.arn = r.parent)) = "
);

fn list_query(
    owner: &ResourceOwner,
    filters: &[ResourceFilter],
    after: Option<&ResourcePosition>,
    limit: u32,
) -> (String, Vec<Value>) {
    let mut sql = String::from(concat!(
        select_resource!("resources.list", ""),
        " WHERE r.account = $1 AND r.region = $2 AND r.kind = $3"
    ));
    let mut bound = values![
        account: owner.account.as_str(),
        region: owner.region.as_str(),
        kind: owner.kind,
    ];
    let mut bind = |value: Value| {
        bound.push(value);
        bound.len()
    };
    for filter in filters {
        sql += &match filter {
            ResourceFilter::Name(name) => format!(" AND r.name = ${}", bind(name.as_str().into())),
            ResourceFilter::Variant(variant) => format!(" AND r.variant = ${}", bind(variant.as_str().into())),
            ResourceFilter::Parent(parent) => format!(" AND r.parent = ${}", bind(parent.as_str().into())),
            ResourceFilter::Uses(model) => format!("{USES}${}", bind(model.as_str().into())),
            ResourceFilter::Making(states) => {
                let alternatives: Vec<String> = states
                    .iter()
                    .map(|state| match state {
                        Some(state) => format!("j.state = ${}", bind((*state).into())),
                        None => "r.job_id IS NULL".to_owned(),
                    })
                    .collect();
                match alternatives.is_empty() {
                    true => " AND FALSE".to_owned(),
                    false => format!(" AND ({})", alternatives.join(" OR ")),
                }
            }
            ResourceFilter::CreatedBefore(time) => format!(" AND r.created < ${}", bind(time.0.into())),
            ResourceFilter::CreatedAfter(time) => format!(" AND r.created > ${}", bind(time.0.into())),
        };
    }
    if let Some(position) = after {
        let created = bind(position.created.0.into());
        let arn = bind(position.arn.as_str().into());
        sql += &format!(" AND (r.created, r.arn) < (${created}, ${arn})");
    }
    let limit = bind(limit.into());
    sql += &format!(" ORDER BY r.created DESC, r.arn DESC LIMIT ${limit}");
    (sql, bound)
}

pub(super) async fn summaries(
    connection: &mut Connection,
    owner: &ResourceOwner,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<ResourceSummary>, Fault> {
    let rows: Vec<SummaryRow> = connection
        .all(
            concat!(
                select_resource!(
                    "resources.summaries",
                    ", (SELECT count(*) FROM resources v WHERE v.account = r.account AND v.region = r.region \
                     AND v.kind = r.kind AND v.name = r.name) AS versions"
                ),
                " WHERE r.account = $1 AND r.region = $2 AND r.kind = $3 AND r.name > $4 AND NOT EXISTS ( \
                     SELECT 1 FROM resources later WHERE later.account = r.account AND later.region = r.region \
                     AND later.kind = r.kind AND later.name = r.name \
                     AND (later.created, later.arn) > (r.created, r.arn)) \
                 ORDER BY r.name LIMIT $5"
            ),
            values![
                account: owner.account.as_str(),
                region: owner.region.as_str(),
                kind: owner.kind,
                // Names are not empty.
                after: after.unwrap_or_default(),
                limit: limit,
            ],
        )
        .await?;
    rows.into_iter()
        .map(|row| {
            let latest = Resource::try_from(row.latest)?;
            Ok(ResourceSummary {
                name: latest.name.clone(),
                versions: small(row.versions)?,
                latest,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use construe_jobs::{JobState, StorePolicy, Timestamp};
    use construe_models::ResourceKind;

    use super::*;
    use crate::Store;

    /// Listings page through what one owner has, however much others have.
    #[tokio::test]
    async fn listings_do_not_read_the_whole_table() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("db"), StorePolicy::default())
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let mut connection = store.database.reader().await.unwrap();
        let owner = ResourceOwner {
            account: "1".to_owned(),
            region: "r".to_owned(),
            kind: ResourceKind::Dataset,
        };
        let position = ResourcePosition {
            created: Timestamp(5),
            arn: "a".to_owned(),
        };
        for filter in [
            None,
            Some(ResourceFilter::Name("n".to_owned())),
            Some(ResourceFilter::Parent("p".to_owned())),
            Some(ResourceFilter::Uses("u".to_owned())),
            Some(ResourceFilter::Making(vec![None, Some(JobState::Failed)])),
            Some(ResourceFilter::CreatedAfter(Timestamp(1))),
        ] {
            let (sql, bound) = list_query(&owner, filter.as_slice(), Some(&position), 10);
            let sql = format!("EXPLAIN QUERY PLAN {sql}");
            let plan: Vec<(i64, i64, i64, String)> = connection.all(sql, bound).await.unwrap();
            let scans = plan.iter().any(|(.., detail)| detail.starts_with("SCAN"));
            assert!(!scans, "{filter:?}: {plan:?}");
        }
    }
}
