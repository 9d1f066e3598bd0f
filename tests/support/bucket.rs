//! A real S3 server, with buckets that are locked and others that are not.

use std::sync::{Arc, OnceLock};

use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStoreExt};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::server::client;
use super::throwaway::{Throwaway, left_out};

const WITHOUT: &str = "BULKHEAD_TEST_WITHOUT_BUCKET";

/// A server that all tests of this process share; each has a prefix of its own.
pub(crate) struct Buckets {
    server: Arc<Running>,
    prefix: String,
}

struct Running {
    url: String,
    id: String,
    secret: String,
    _server: Throwaway,
}

/// None where whoever runs the tests has said that they can do without.
pub(crate) fn buckets() -> Option<Buckets> {
    static SERVER: OnceLock<Arc<Running>> = OnceLock::new();
    if left_out(WITHOUT) {
        return None;
    }
    Some(Buckets {
        server: Arc::clone(SERVER.get_or_init(|| Arc::new(Running::start()))),
        prefix: Uuid::now_v7().to_string(),
    })
}

impl Running {
    fn start() -> Self {
        let server = Throwaway::start("bucket", 3, WITHOUT);
        let [url, id, secret] = &*server.words else {
            unreachable!("it has printed three words");
        };
        Self {
            url: url.clone(),
            id: id.clone(),
            secret: secret.clone(),
            _server: server,
        }
    }
}

impl Buckets {
    /// The anchor that a bucket is, as the configuration names it.
    pub(crate) fn anchor(&self, bucket: &str) -> String {
        format!("s3://{bucket}/{}", self.prefix)
    }

    /// What reaches the server, with these anchors.
    pub(crate) fn settings(&self, anchors: &[String]) -> Vec<(&'static str, String)> {
        let Running {
            url, id, secret, ..
        } = &*self.server;
        vec![
            ("BULKHEAD_AUDIT_ANCHORS", anchors.join(",")),
            ("AWS_ENDPOINT_URL", url.clone()),
            ("AWS_ACCESS_KEY_ID", id.clone()),
            ("AWS_SECRET_ACCESS_KEY", secret.clone()),
        ]
    }

    fn store(&self, bucket: &str) -> AmazonS3 {
        // It looks for what encrypts, though nothing is encrypted here.
        drop(client());
        let summed = HeaderName::from_static("x-amz-sdk-checksum-algorithm");
        let headers = HeaderMap::from_iter([(summed, HeaderValue::from_static("SHA256"))]);
        AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region("us-east-1")
            .with_endpoint(&self.server.url)
            .with_checksum_algorithm(Checksum::SHA256)
            .with_client_options(ClientOptions::new().with_default_headers(headers))
            .with_allow_http(true)
            .with_access_key_id(&self.server.id)
            .with_secret_access_key(&self.server.secret)
            .build()
            .expect("all is said")
    }

    /// Writes over an object: as in S3, a lock keeps the old version, and shows the new one.
    pub(crate) async fn replace(&self, bucket: &str, name: &str, text: String) {
        let path = Path::from(format!("{}/{name}", self.prefix));
        let put = self.store(bucket).put(&path, text.into()).await;
        put.expect("the key may write");
    }
}
