//! The door that the service uses, over one connection that everybody has to share.

use bulkhead::config::{Config, Plane};
use bulkhead::db::{Caller, Db, RequestInfo};

use super::server::environment;
use super::world::{World, credential};

/// One connection of the API plane, and owners of two tenants who use it in turn.
pub(crate) struct Door {
    pub(crate) world: World,
    pub(crate) db: Db,
}

impl Door {
    /// Straight to the server.
    pub(crate) async fn open() -> Self {
        Self::with(World::start().await, &[]).await
    }

    /// With settings, named as the environment names them.
    pub(crate) async fn with(world: World, settings: &[(&str, &str)]) -> Self {
        let settings = [&[("BULKHEAD_POOL_SIZE", "1")], settings].concat();
        let settings = environment(&world, &settings);
        let config = Config::load(|name| settings.get(name).cloned()).expect("valid settings");
        let db = Db::connect(&config, Plane::Api)
            .await
            .expect("the API plane connects");
        Self { world, db }
    }
}

/// Who asks with the named API key.
pub(crate) fn caller(name: &str) -> Caller {
    Caller {
        credential: credential(name),
        tenant: None,
        request: RequestInfo {
            request_id: "request-1".to_owned(),
            ..RequestInfo::default()
        },
    }
}
