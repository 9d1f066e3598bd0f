//! The real service in this process: real HTTP over loopback, on a port of its own, over the
//! real login of the API plane.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bulkhead::config::{Config, Plane};
use bulkhead::db::{Db, Entrance};
use bulkhead::http::{App, serve};
use reqwest::header::{CONTENT_TYPE, HeaderMap, IF_MATCH};
use reqwest::{Client, RequestBuilder};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::world::World;

/// What an operator would set, by name.
pub(crate) type Settings = BTreeMap<String, String>;

/// Limits that no test meets by accident.
const DEFAULTS: [(&str, &str); 6] = [
    ("BULKHEAD_IP_RATE_PER_MINUTE", "1000000"),
    ("BULKHEAD_TENANT_RATE_PER_MINUTE", "1000000"),
    ("BULKHEAD_IP_AT_ONCE", "1000"),
    ("BULKHEAD_TENANT_AT_ONCE", "1000"),
    ("BULKHEAD_SCIM_AT_ONCE", "1000"),
    ("BULKHEAD_POOL_SIZE", "4"),
];

/// Good for tests alone.
pub(crate) const SEALING_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// How long stopping waits for the requests under way.
const GRACE: Duration = Duration::from_secs(10);

/// The environment of a service over this world's database, where `settings` say nothing else.
pub(crate) fn environment(world: &World, settings: &[(&str, &str)]) -> Settings {
    let config = world.database.config();
    let url = |plane| config.plane_url(plane).expect("every plane has a URL");
    let urls = [
        ("BULKHEAD_API_DATABASE_URL", url(Plane::Api).expose_secret()),
        (
            "BULKHEAD_IDENTITY_DATABASE_URL",
            url(Plane::Identity).expose_secret(),
        ),
    ];
    let all = DEFAULTS.iter().chain(&urls).chain(settings);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A service that serves. Dropping it ends it with the test's runtime; `stop` ends it in order.
pub(crate) struct Server {
    pub(crate) world: World,
    pub(crate) address: SocketAddr,
    pub(crate) app: App,
    client: Client,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With settings, named as the environment names them.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::over(World::start().await, settings).await
    }

    pub(crate) async fn over(world: World, settings: &[(&str, &str)]) -> Self {
        let settings = environment(&world, settings);
        let config = Config::load(|name| settings.get(name).cloned()).expect("valid settings");
        let db = Db::connect(&config, Plane::Api)
            .await
            .expect("the API plane connects");
        let entrance = match &config.sign_in {
            Some(_) => Some(Entrance::connect(&config).await.expect("it connects")),
            None => None,
        };
        let app = App::new(&config, db, entrance).expect("a service");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("loopback has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let stopping = async {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(serve(listener, app.router(), stopping, GRACE));
        Self {
            world,
            address,
            app,
            client: client(),
            stop,
            serving,
        }
    }

    /// A request of nobody.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    /// A request of somebody.
    pub(crate) fn by(&self, credential: &str, method: &str, path: &str) -> RequestBuilder {
        self.request(method, path)
            .bearer_auth(self.world.token(credential))
    }

    pub(crate) async fn get(&self, credential: &str, path: &str) -> Reply {
        self.by(credential, "GET", path).answer().await
    }

    pub(crate) async fn post(&self, credential: &str, path: &str, body: &Value) -> Reply {
        self.by(credential, "POST", path).json(body).answer().await
    }

    /// A request whose body does not come while this is held, by a proxy for `client`.
    pub(crate) async fn half_sent(&self, token: &str, path: &str, client: &str) -> TcpStream {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\n\
             x-forwarded-for: {client}\r\ncontent-type: application/json\r\n\
             content-length: 50\r\n\r\n"
        );
        let stream = TcpStream::connect(self.address).await;
        let mut stream = stream.expect("it listens");
        let sent = stream.write_all(head.as_bytes()).await;
        sent.expect("loopback works");
        stream
    }

    /// A change of whatever is there now, or of the version that `tag` names.
    pub(crate) async fn patch(
        &self,
        credential: &str,
        path: &str,
        tag: &str,
        body: &Value,
    ) -> Reply {
        let request = self.by(credential, "PATCH", path).header(IF_MATCH, tag);
        request.json(body).answer().await
    }

    /// Ends it as an operator would: what is under way is finished.
    pub(crate) async fn stop(self) -> World {
        let _ = self.stop.send(());
        self.serving.await.expect("serving ends without a panic");
        self.world
    }
}

/// Speaks to no proxy, follows nothing, and gives up before the test's own patience ends.
pub(crate) fn client() -> Client {
    // The program brings its own wherever it needs one; another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .build()
        .expect("a client")
}

/// Sends a request and reads its whole answer, where that ends.
pub(crate) trait Answered {
    async fn answer(self) -> Reply;
}

impl Answered for RequestBuilder {
    async fn answer(self) -> Reply {
        let response = self.send().await.expect("the service answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let endless = headers
            .get(CONTENT_TYPE)
            .is_some_and(|it| it == "text/event-stream");
        let body = if endless {
            String::new()
        } else {
            response.text().await.expect("the body arrives whole")
        };
        Reply {
            status,
            headers,
            body,
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    /// The answer, if it has this status.
    pub(crate) fn must(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {} {:?}", self.status, self.body))
    }

    /// A member of the body, as text.
    pub(crate) fn text(&self, member: &str) -> String {
        let json = self.json();
        let found = json[member].as_str();
        found
            .unwrap_or_else(|| panic!("no text `{member}` in {}", self.body))
            .to_owned()
    }

    /// The only value of a header, or none.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        assert!(values.next().is_none(), "{name} is there twice");
        Some(first.to_str().expect("headers are ASCII"))
    }

    /// Status and code of a problem, and the fields at fault: `422 field_required title`.
    pub(crate) fn refusal(&self) -> String {
        let json = self.json();
        let fields = json["errors"].as_array().into_iter().flatten();
        let fields = fields.map(|error| error["field"].as_str().expect("a field"));
        let code = json["code"].as_str().expect("a problem has a code");
        let words: Vec<&str> = [code].into_iter().chain(fields).collect();
        format!("{} {}", self.status, words.join(" "))
    }
}
