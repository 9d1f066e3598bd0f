//! The attributes of users and groups that are kept and answered. What else a directory sends is
//! not looked at, a password least of all.

use super::attribute::Attribute;

/// What a directory calls somebody: common to all resources, so in no schema (RFC 7643 §3.1).
pub(super) const EXTERNAL_ID: Attribute =
    Attribute::text("externalId", "What the directory calls it.").exact();

const NAME: &[Attribute] = &[
    Attribute::text("formatted", "The whole name."),
    Attribute::text("familyName", "The family name."),
    Attribute::text("givenName", "The given name."),
    Attribute::text("middleName", "Names in between."),
    Attribute::text("honorificPrefix", "Such as Dr."),
    Attribute::text("honorificSuffix", "Such as III."),
];

const PRIMARY: Attribute = Attribute::boolean("primary", "Whether it is the preferred one.");

const EMAIL: &[Attribute] = &[
    Attribute::text("value", "The address."),
    Attribute::text("display", "How to show it."),
    Attribute::text("type", "Where it is used.").one_of(&["work", "home", "other"]),
    PRIMARY,
];

const PHONE: &[Attribute] = &[
    Attribute::text("value", "The number."),
    Attribute::text("display", "How to show it."),
    Attribute::text("type", "Where it is used.")
        .one_of(&["work", "home", "mobile", "fax", "pager", "other"]),
    PRIMARY,
];

const ADDRESS: &[Attribute] = &[
    Attribute::text("formatted", "The whole address."),
    Attribute::text("streetAddress", "The street and number."),
    Attribute::text("locality", "The city."),
    Attribute::text("region", "The state or region."),
    Attribute::text("postalCode", "The postal code."),
    Attribute::text("country", "The country."),
    Attribute::text("type", "Where it is used.").one_of(&["work", "home", "other"]),
    PRIMARY,
];

const MANAGER: &[Attribute] = &[
    Attribute::text("value", "The id of the manager."),
    Attribute::reference("$ref", &["User"], "Where the manager is read."),
    Attribute::text("displayName", "The manager's name."),
];

const MEMBER: &[Attribute] = &[
    Attribute::text("value", "The id of the member.")
        .exact()
        .immutable(),
    Attribute::reference("$ref", &["User"], "Where the member is read.").immutable(),
    Attribute::text("type", "What the member is.")
        .one_of(&["User"])
        .immutable(),
];

/// Of a user.
pub(super) const USER: &[Attribute] = &[
    Attribute::text("userName", "By which the directory's user is known.")
        .required()
        .unique(),
    Attribute::complex("name", NAME, "The parts of the name."),
    Attribute::text("displayName", "The name to show."),
    Attribute::text("nickName", "How they are called."),
    Attribute::reference("profileUrl", &["external"], "A page about them."),
    Attribute::text("title", "Their title."),
    Attribute::text("userType", "How they belong to the company."),
    Attribute::text("preferredLanguage", "The language they like best."),
    Attribute::text("locale", "How dates and numbers are shown to them."),
    Attribute::text("timezone", "Where their day begins."),
    Attribute::boolean("active", "Whether they may come in."),
    Attribute::complex("emails", EMAIL, "Their addresses.").many(),
    Attribute::complex("phoneNumbers", PHONE, "Their phone numbers.").many(),
    Attribute::complex("addresses", ADDRESS, "Where they are.").many(),
];

/// Of what a company says of a user besides.
pub(super) const ENTERPRISE: &[Attribute] = &[
    Attribute::text("employeeNumber", "The number of the employee."),
    Attribute::text("costCenter", "The cost centre."),
    Attribute::text("organization", "The organization."),
    Attribute::text("division", "The division."),
    Attribute::text("department", "The department."),
    Attribute::complex("manager", MANAGER, "Their manager."),
];

/// Of a group.
pub(super) const GROUP: &[Attribute] = &[
    Attribute::text(
        "displayName",
        "The name: that of the team, and no other team's.",
    )
    .required(),
    Attribute::complex("members", MEMBER, "Users of the same directory.").many(),
];
