//! The built-in roles and the shares: what each gives, kept whole in `golden/rbac.txt`.

use std::fmt::Write;

use crate::support::{World, assert_golden, id};

const ROLES: [&str; 6] = ["owner", "admin", "member", "viewer", "guest", "auditor"];

/// The roles of one tenant that hold each permission, at each level where it means something.
const HELD: &str = "
    select p.name, level, array(
        select r.name from tenant.role_permissions h
        join tenant.roles r on r.tenant_id = h.tenant_id and r.id = h.role_id
        where r.tenant_id = $1 and r.builtin and h.level = at.level and h.permission = p.name)
    from platform.permissions p cross join unnest(p.levels) as at (level)
    order by 1, 2";

#[tokio::test]
async fn built_in_roles_and_shares_give_what_is_promised() {
    let world = World::start().await;
    let rows = world
        .admin
        .query(HELD, &[&id("acme")])
        .await
        .expect("the rights can be read");
    let mut text = format!("{:25} {:9}  {}", "permission", "level", ROLES.join("  "));
    for row in rows {
        let (name, level, held): (&str, &str, Vec<&str>) = (row.get(0), row.get(1), row.get(2));
        let marks = ROLES.map(|role| {
            let mark = if held.contains(&role) { "yes" } else { "-" };
            format!("{mark:width$}", width = role.len())
        });
        let line = format!("{name:25} {level:9}  {}", marks.join("  "));
        write!(text, "\n{}", line.trim_end()).expect("a String takes any text");
    }
    text.push('\n');
    for access in ["read", "write", "manage"] {
        let query =
            "select permission from platform.share_permissions where access = $1 order by 1";
        let rows = world
            .admin
            .query(query, &[&access])
            .await
            .expect("the rights can be read");
        let names: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        let names = names.join(", ");
        write!(text, "\na share to {access}: {names}").expect("a String takes any text");
    }
    assert_golden("rbac.txt", &text);
}
