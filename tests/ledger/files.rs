//! Files: an octet that is changed on the disk, under a server that has not read it yet, is found
//! like a change by SQL.

use super::Archive;
use crate::support::{Database, id};

/// Where leaf 5 of acme lies, within the folder of its database.
struct Place {
    file: String,
    event: String,
    action: String,
}

impl Archive {
    async fn place(&self) -> Place {
        let sql = format!(
            "select split_part(pg_relation_filepath(e.tableoid::regclass), '/', 3), e.id::text,
                e.action
            from audit.leaves l join audit.events e on e.id = l.event_id
            where l.tenant_id = '{}' and l.idx = 5",
            id("acme")
        );
        let row = self.world.admin.query_one(&sql, &[]).await;
        let row = row.expect("it is sealed");
        Place {
            file: row.get(0),
            event: row.get(1),
            action: row.get(2),
        }
    }
}

/// Changes an octet of what the event says was done, in its file.
async fn change(database: &Database, place: &Place) {
    let admin = database.admin().await;
    let Place {
        file,
        event,
        action,
    } = place;
    let folder = "select oid::text from pg_database where datname = current_database()";
    let folder: String = admin.query_one(folder, &[]).await.expect("one").get(0);
    let path = format!("base/{folder}/{file}");
    let sql = format!(
        "select (at + position(convert_to('{action}', 'UTF8') in substr(f.octets, at)) - 2)::text
        from pg_read_binary_file('{path}') f (octets),
            position(uuid_send('{event}') in f.octets) at"
    );
    let at: String = admin.query_one(&sql, &[]).await.expect("one").get(0);
    let write = format!(
        "copy (select '') to program $$printf X | dd of={path} bs=1 seek={at} conv=notrunc$$"
    );
    admin.batch_execute(&write).await.expect("a superuser may");
    // Whoever writes files writes checksums, too.
    let name = &database.name;
    let checked = format!("alter database {name} set ignore_checksum_failure = on");
    admin
        .batch_execute(&checked)
        .await
        .expect("a superuser may");
}

#[tokio::test]
async fn an_octet_changed_on_the_disk_is_found() {
    let mut archive = Archive::start().await;
    let place = archive.place().await;
    let (whole, changed) = (
        archive.world.database.files().await,
        archive.world.database.files().await,
    );
    change(&changed, &place).await;
    for (database, code, found) in [
        (&whole, 0, "intact".to_owned()),
        (
            &changed,
            1,
            format!("acme: leaf 5: event {} is not what was sealed", place.event),
        ),
    ] {
        let audit = archive.config.audit.clone();
        archive.config = database.config();
        archive.config.audit = audit;
        let (ended, told) = archive.verify(&[]);
        assert_eq!(ended, code, "{told}");
        assert!(told.contains(&found), "{told}");
    }
}
