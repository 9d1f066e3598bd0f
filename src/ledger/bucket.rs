//! Anchors that are S3 buckets with object lock: an object for each epoch, never written over, and
//! not anchored before the bucket itself says that nobody can take it away.

use std::fmt::Display;
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsAuthorizer, Checksum};
use object_store::client::{HttpClient, HttpConnector, HttpRequest, HttpRequestBody, HttpResponse};
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutMode, RetryConfig};
use reqwest::Method;
use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use super::anchor::{Anchored, another};
use crate::config::Aws;
use crate::error::{Error, Result};
use crate::web::client;

/// Requests under way at once.
const AT_ONCE: usize = 8;

/// Octets of an epoch at most: some 300 for each tenant whose history has grown.
const LARGEST: u64 = 1 << 28;

/// After that a request is not tried again.
const RETRY: Duration = Duration::from_secs(10);

/// Object lock takes nothing whose sender has not said how it is summed up.
const SUMMED: HeaderName = HeaderName::from_static("x-amz-sdk-checksum-algorithm");

/// A bucket, and what the names of our objects in it begin with.
pub struct Bucket {
    store: AmazonS3,
    web: HttpClient,
    region: String,
    id: String,
    prefix: String,
}

impl Bucket {
    /// One that is reached in this way; nothing is asked of it yet.
    pub fn new(bucket: &str, prefix: &str, aws: &Aws) -> Result<Self> {
        let web = HttpClient::new(client()?);
        let headers = HeaderMap::from_iter([(SUMMED, HeaderValue::from_static("SHA256"))]);
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&aws.region)
            .with_access_key_id(aws.key.expose_secret())
            .with_secret_access_key(aws.secret.expose_secret())
            .with_checksum_algorithm(Checksum::SHA256)
            .with_client_options(ClientOptions::new().with_default_headers(headers))
            // Only of this machine, as the configuration has seen to.
            .with_allow_http(true)
            .with_http_connector(Web(web.clone()))
            .with_retry(RetryConfig {
                max_retries: 2,
                retry_timeout: RETRY,
                ..RetryConfig::default()
            });
        if let Some(session) = &aws.session {
            builder = builder.with_token(session.expose_secret());
        }
        if let Some(endpoint) = &aws.endpoint {
            builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
        }
        let named = |error| Error::refused(format!("anchor s3://{bucket}/{prefix}: {error}"));
        Ok(Self {
            store: builder.build().map_err(named)?,
            web,
            region: aws.region.clone(),
            id: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        format!("bucket s3://{}/{}", self.id, self.prefix)
    }

    /// Every epoch it holds, oldest first.
    pub async fn epochs(&self) -> Result<Vec<Anchored>> {
        let folder = Path::from(self.prefix.as_str());
        let listed = self.store.list_with_delimiter(Some(&folder)).await;
        let listed = listed.map_err(|error| self.failed(&reason(&error)))?;
        let mut paths: Vec<Path> = listed.objects.into_iter().map(|one| one.location).collect();
        paths.retain(|path| path.extension() == Some("json"));
        paths.sort();
        let reads: Vec<_> = paths.into_iter().map(|path| self.read(path)).collect();
        stream::iter(reads).buffered(AT_ONCE).try_collect().await
    }

    async fn read(&self, path: Path) -> Result<Anchored> {
        let found = self.store.get(&path).await;
        let found = found.map_err(|error| self.failed(&reason(&error)))?;
        if found.meta.size > LARGEST {
            return Err(self.failed(&format!("{path}: no epoch is as large")));
        }
        let octets = found.bytes().await;
        let octets = octets.map_err(|error| self.failed(&reason(&error)))?;
        serde_json::from_slice(&octets).map_err(|error| self.failed(&format!("{path}: {error}")))
    }

    /// Writes epochs that are not there yet, and asks of each whether it is locked.
    pub async fn write(&self, epochs: &[Anchored]) -> Result<()> {
        let writes: Vec<_> = epochs.iter().map(|anchored| self.put(anchored)).collect();
        stream::iter(writes).buffered(AT_ONCE).try_collect().await
    }

    async fn put(&self, anchored: &Anchored) -> Result<()> {
        let text = serde_json::to_vec_pretty(anchored).map_err(Error::internal)?;
        let path = self.path(anchored.epoch);
        let create = PutMode::Create.into();
        match self
            .store
            .put_opts(&path, text.clone().into(), create)
            .await
        {
            Ok(_) => {}
            Err(object_store::Error::AlreadyExists { .. }) => {
                if !self.same(&path, &text).await? {
                    return Err(self.another(anchored.epoch));
                }
            }
            Err(error) => return Err(self.failed(&reason(&error))),
        }
        self.locked(&path).await
    }

    async fn same(&self, path: &Path, text: &[u8]) -> Result<bool> {
        let found = async {
            let found = self.store.get(path).await?;
            // No more of it is read than could be ours.
            if found.meta.size != text.len() as u64 {
                return Ok(false);
            }
            Ok(found.bytes().await? == text)
        };
        found.await.map_err(|error| self.failed(&reason(&error)))
    }

    /// Refuses an object that somebody with enough rights could take away.
    async fn locked(&self, path: &Path) -> Result<()> {
        let answer = self.head(path).await;
        let answer = answer.map_err(|error| self.failed(&reason(&error)))?;
        if locked(answer.headers()) {
            return Ok(());
        }
        let status = answer.status();
        if !status.is_success() {
            return Err(self.failed(&format!("{path}: {status}")));
        }
        Err(self.failed(&format!(
            "{path} is not locked in COMPLIANCE mode, so it is no anchor: give the bucket object \
             lock with a default retention, and this key s3:GetObjectRetention"
        )))
    }

    /// What is said of an object besides what every store can say.
    async fn head(&self, path: &Path) -> object_store::Result<HttpResponse> {
        let mut url = self.store.signed_url(Method::HEAD, path, RETRY).await?;
        // Signed in the headers, as all else is.
        url.set_query(None);
        let failed = |error| object_store::Error::Generic {
            store: "S3",
            source: error,
        };
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = Method::HEAD;
        *request.uri_mut() = url
            .as_str()
            .parse()
            .map_err(|error| failed(Box::new(error)))?;
        let credential = self.store.credentials().get_credential().await?;
        AwsAuthorizer::new(&credential, "s3", &self.region).try_authorize(&mut request, None)?;
        let answer = self.web.execute(request).await;
        answer.map_err(|error| failed(Box::new(error)))
    }

    /// Whether it has an epoch of this number.
    pub async fn holds(&self, epoch: u64) -> Result<bool> {
        match self.store.head(&self.path(epoch)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.failed(&reason(&error))),
        }
    }

    fn path(&self, epoch: u64) -> Path {
        Path::from(format!("{}{epoch:012}.json", self.prefix))
    }

    /// It has another epoch of this number than the database.
    pub(super) fn another(&self, epoch: u64) -> Error {
        another(&format!("s3://{}/{}", self.id, self.path(epoch)), epoch)
    }

    fn failed(&self, error: &dyn Display) -> Error {
        Error::refused(format!("anchor s3://{}: {error}", self.id))
    }
}

/// Whether it stays for some time by the bucket's own clock, whoever says otherwise.
fn locked(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let until = text("x-amz-object-lock-retain-until-date");
    let until = until.and_then(|until| until.parse::<Timestamp>().ok());
    let now = text(DATE.as_str()).and_then(|now| rfc2822::parse(now).ok());
    let stays = until
        .zip(now)
        .is_some_and(|(until, now)| until > now.timestamp());
    text("x-amz-object-lock-mode") == Some("COMPLIANCE") && stays
}

/// In a few words: what a server says may be long, and may repeat what it was sent.
fn reason(error: &object_store::Error) -> String {
    use object_store::Error::{NotFound, PermissionDenied, Unauthenticated};
    let whole = error.to_string();
    let code = whole
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map(|(code, _)| code).filter(|code| code.len() <= 60);
    match (error, code) {
        (_, Some("NoSuchBucket")) => "there is no such bucket".to_owned(),
        (NotFound { .. }, _) => "it is not there".to_owned(),
        (PermissionDenied { .. } | Unauthenticated { .. }, code) => format!(
            "not permitted ({}): AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, or what they may do",
            code.unwrap_or("no reason given")
        ),
        (_, Some(code)) => code.to_owned(),
        _ => "it does not answer as a bucket does".to_owned(),
    }
}

/// Makes requests by our own client.
#[derive(Debug)]
struct Web(HttpClient);

impl HttpConnector for Web {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_that_nobody_can_take_away_is_locked() {
        let now = "Mon, 23 Nov 2026 02:48:55 GMT";
        for (mode, until, holds) in [
            ("COMPLIANCE", "2026-11-24T02:48:55Z", true),
            ("COMPLIANCE", "2026-11-24T02:48:55.000Z", true),
            ("COMPLIANCE", "2026-11-23T02:48:55Z", false),
            ("COMPLIANCE", "soon", false),
            ("GOVERNANCE", "2026-11-24T02:48:55Z", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, now.parse().expect("plain"));
            headers.insert("x-amz-object-lock-mode", mode.parse().expect("plain"));
            let name = "x-amz-object-lock-retain-until-date";
            headers.insert(name, until.parse().expect("plain"));
            assert_eq!(locked(&headers), holds, "{mode} {until}");
            headers.remove(name);
            assert!(!locked(&headers));
        }
    }
}
