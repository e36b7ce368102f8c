//! The OpenAPI document, from the code.

use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::problem::Problem;
use super::routes;
use super::settings::ShownSettings;

/// What the document says beside the paths.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Jarvis",
        description = "Voice assistant and control host for Proxmox VE. Sign in with \
            `POST /api/auth/login` and send the token as `Authorization: Bearer`. Every error is an \
            `application/problem+json` with a stable `code`. Times are milliseconds since \
            1970-01-01T00:00:00Z. An action that would interrupt something answers 409 with a \
            question; `POST /api/confirmations/{id}` says yes. What changes \
            something takes an `Idempotency-Key`, save where the answer is a secret. \
            WebSockets take the same `Authorization`, or a `?ticket=` of `POST /api/auth/ticket`: \
            `/ws/events` tells what happens, `/ws/terminal` is a terminal, `/ws/voice` is spoken \
            to; the README has their frames."
    ),
    components(schemas(Problem)),
    tags(
        (name = "auth", description = "Signing in and out, and keys for programs."),
        (name = "cluster", description = "The clusters, and what is in one."),
        (name = "nodes", description = "The nodes."),
        (name = "guests", description = "Virtual machines and containers."),
        (name = "operations", description = "What was started on the cluster."),
        (name = "commands", description = "Words, commands, and yes or no."),
        (name = "skills", description = "The skills and their grants."),
        (name = "records", description = "What was written down."),
        (name = "host", description = "The host itself."),
    )
)]
struct Described;

/// The document, as it is sent.
pub(crate) fn document(settings: &ShownSettings) -> Bytes {
    let mut described = Described::openapi();
    described.merge(routes::described().into_openapi());
    let mut document = serde_json::to_value(described).unwrap_or_default();
    let told = describe(&mut document, settings);
    unsigned(&mut document);
    let repeated = serde_json::to_value(routes::actions().into_openapi()).unwrap_or_default();
    if told.and(complete(&mut document, &repeated)).is_none() {
        tracing::error!("the API's description is not as a whole");
    }
    serde_json::to_vec(&document).map(Bytes::from).unwrap_or_default()
}

/// Puts the description of the settings among the others.
fn describe(document: &mut Value, settings: &ShownSettings) -> Option<()> {
    let schemas = part(part(document.as_object_mut()?, "components")?, "schemas")?;
    for (name, schema) in &settings.schemas {
        if schemas.entry(name).or_insert_with(|| schema.clone()) != schema {
            tracing::error!(name, "the settings and the API call two things the same");
        }
    }
    Some(())
}

/// What every operation has, and no handler needs to repeat. Those of `repeated`
/// take a key.
fn complete(document: &mut Value, repeated: &Value) -> Option<()> {
    let whole = document.as_object_mut()?;
    whole.insert("security".to_owned(), json!([{ "bearer": [] }]));
    let components = part(whole, "components")?;
    let bearer = json!({
        "type": "http",
        "scheme": "bearer",
        "description": "A token of POST /api/auth/login, or an API key.",
    });
    part(components, "securitySchemes")?.insert("bearer".to_owned(), bearer);
    for (name, schema) in part(components, "schemas")? {
        if name.ends_with("Request") {
            closed(schema);
        }
    }
    let problem = json!({
        "description": "Why not, and what to do about it.",
        "headers": { "x-request-id": { "schema": { "type": "string" } } },
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" },
        } },
    });
    part(components, "responses")?.insert("Problem".to_owned(), problem);
    let paths = part(whole, "paths")?.iter_mut();
    let takes_key = |path: &String, method: &String| {
        repeated.get("paths").and_then(|all| all.get(path)?.get(method)).is_some()
    };
    let paths = paths.filter_map(|(path, item)| Some((path, item.as_object_mut()?)));
    for (path, (method, operation)) in
        paths.flat_map(|(path, item)| item.iter_mut().map(move |one| (path, one)))
    {
        let operation = operation.as_object_mut()?;
        let responses = part(operation, "responses")?;
        for (status, response) in &mut *responses {
            let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
            // OpenAPI wants a word for each, and a handler has none for what is plain.
            let plain = status.and_then(|status| status.canonical_reason()).unwrap_or("Answered");
            response.as_object_mut()?.entry("description").or_insert_with(|| plain.into());
        }
        for range in ["4XX", "5XX"] {
            let problem = json!({ "$ref": "#/components/responses/Problem" });
            responses.entry(range).or_insert(problem);
        }
        if method != "get" && takes_key(path, method) {
            let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
            parameters.as_array_mut()?.push(json!({
                "name": "Idempotency-Key",
                "in": "header",
                "required": false,
                "description": "The same key again gets the same answer, for 24 hours.",
                "schema": {
                    "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$",
                },
            }));
        }
    }
    Some(())
}

/// Lets none of several forms of a body have other fields than it names: utoipa
/// says so of a struct that denies unknown fields, and not of an enum.
fn closed(schema: &mut Value) {
    let forms = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    for form in forms.into_iter().flatten().filter_map(Value::as_object_mut) {
        form.insert("additionalProperties".to_owned(), json!(false));
    }
}

/// Gives unsigned numbers the format that the registry of formats has for them:
/// utoipa writes `u-int64`.
fn unsigned(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(format)) = map.get_mut("format")
                && let Some(bits) = format.strip_prefix("u-int")
            {
                *format = format!("uint{bits}");
            }
            map.values_mut().for_each(unsigned);
        }
        Value::Array(list) => list.iter_mut().for_each(unsigned),
        _ => {}
    }
}

/// The object of this name, made where it is not there.
fn part<'a>(object: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    object.entry(name).or_insert_with(|| json!({})).as_object_mut()
}
