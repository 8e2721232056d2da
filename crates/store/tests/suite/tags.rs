use construe_jobs::{JobStore, StoreError, Tag};

use crate::harness::{Site, on_both};

on_both!(tags_are_put_replaced_and_removed, concurrent_requests_keep_the_limit);

fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

async fn tags_are_put_replaced_and_removed(site: &Site) {
    let (store, arn) = (&site.store, "arn:a");
    store
        .put_tags(arn, &[tag("b", "1"), tag("B", "2"), tag("a", "")], 50)
        .await
        .unwrap();
    store.put_tags(arn, &[tag("b", "9"), tag("é", "x")], 50).await.unwrap();
    store.put_tags("arn:other", &[tag("b", "1")], 50).await.unwrap();
    let expected = [tag("B", "2"), tag("a", ""), tag("b", "9"), tag("é", "x")];
    assert_eq!(
        store.tags(arn).await.unwrap(),
        expected,
        "by key, byte by byte, in both databases"
    );
    let refused = store.put_tags(arn, &[tag("c", ""), tag("b", "lost")], 4).await;
    assert!(matches!(refused, Err(StoreError::TooManyTags)), "{refused:?}");
    assert_eq!(
        store.tags(arn).await.unwrap(),
        expected,
        "nothing of a refused request stays"
    );
    store
        .put_tags(arn, &[tag("b", "10")], 4)
        .await
        .expect("replacing adds none");
    let keys = ["b", "B", "missing"].map(str::to_owned);
    store.remove_tags(arn, &keys).await.unwrap();
    store.remove_tags(arn, &[]).await.unwrap();
    assert_eq!(store.tags(arn).await.unwrap(), [tag("a", ""), tag("é", "x")]);
    assert_eq!(store.tags("arn:other").await.unwrap().len(), 1);
}

async fn concurrent_requests_keep_the_limit(site: &Site) {
    let requests = (0..6).map(|i| {
        let store = site.store.clone();
        tokio::spawn(async move { store.put_tags("arn:a", &[tag(&format!("k{i}"), "")], 3).await })
    });
    let outcomes = futures::future::try_join_all(requests).await.unwrap();
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Ok(()) | Err(StoreError::TooManyTags))),
        "{outcomes:?}"
    );
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    assert_eq!(site.store.tags("arn:a").await.unwrap().len(), 3);
}
