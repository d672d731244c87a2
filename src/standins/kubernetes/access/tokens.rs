//! Bearer tokens: the one of the administrator, and signed ones that belong to a ServiceAccount and expire.

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::super::cluster::Cluster;
use super::{User, account_uid};

const AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Vec<String>,
    iat: i64,
    exp: i64,
    #[serde(rename = "kubernetes.io")]
    bound: Bound,
}

#[derive(Serialize, Deserialize)]
struct Bound {
    namespace: String,
    serviceaccount: Account,
}

#[derive(Serialize, Deserialize)]
struct Account {
    name: String,
    uid: String,
}

/// A token for a ServiceAccount and when it ends; nothing if there is no such account.
pub(in super::super) fn issue(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    seconds: i64,
) -> Option<(String, DateTime<Utc>)> {
    let uid = account_uid(&cluster.store(), namespace, name)?;
    let now = Utc::now();
    let ends = now + Duration::seconds(seconds);
    let claims = Claims {
        iss: AUDIENCE.into(),
        sub: format!("system:serviceaccount:{namespace}:{name}"),
        aud: vec![AUDIENCE.into()],
        iat: now.timestamp(),
        exp: ends.timestamp(),
        bound: Bound {
            namespace: namespace.to_owned(),
            serviceaccount: Account {
                name: name.to_owned(),
                uid,
            },
        },
    };
    let key = EncodingKey::from_secret(cluster.token().as_bytes());
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).ok()?;
    Some((token, ends))
}

/// Whose token this is. The token of an account that is gone, or was made anew, is nobody's.
pub(in super::super) fn authenticate(cluster: &Cluster, token: &str) -> Option<User> {
    if bool::from(token.as_bytes().ct_eq(cluster.token().as_bytes())) {
        return Some(User::admin());
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[AUDIENCE]);
    validation.leeway = 0;
    let key = DecodingKey::from_secret(cluster.token().as_bytes());
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
        .ok()?
        .claims;
    let account = &claims.bound.serviceaccount;
    let uid = account_uid(&cluster.store(), &claims.bound.namespace, &account.name)?;
    (uid == account.uid).then(|| User::named(&claims.sub))
}
