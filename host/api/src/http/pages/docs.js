// Renders the OpenAPI document. Everything is set as text: nothing of the
// document becomes markup.
"use strict";

const make = (tag, text, ...children) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
};

const nameOf = (ref) => ref.split("/").pop();

// What a value of one type holds.
const typed = (type, { items, properties, additionalProperties }) => {
  if (type === "array") return `list of ${told(items)}`;
  if (type !== "object") return type;
  if (additionalProperties) return `${told(additionalProperties)} by name`;
  const each = Object.entries(properties ?? {}).map(([name, field]) => `${name}: ${told(field)}`);
  return each.length ? `{ ${each.join(", ")} }` : type;
};

// How a schema is told in one line.
const told = (schema) => {
  if (!schema) return "nothing";
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  for (const many of ["oneOf", "anyOf"]) if (schema[many]) return schema[many].map(told).join(" | ");
  if (schema.allOf) return schema.allOf.map(told).join(" & ");
  const types = [schema.type ?? "any"].flat();
  return types.map((type) => typed(type, schema)).join(" | ");
};

const row = (...cells) => make("tr", "", ...cells.map((cell) => make("td", "", cell)));

const rows = ({ properties, required }) =>
  Object.entries(properties ?? {}).map(([name, field]) => {
    const must = (required ?? []).includes(name) ? "" : "?";
    // What may be null is told of beside its type.
    const said = [field, ...(field.oneOf ?? [])].find(({ description }) => description);
    return row(make("code", name + must), told(field), said?.description ?? "");
  });

const fields = (schema) => {
  const table = make("table");
  for (const part of [schema, ...(schema.allOf ?? [])]) {
    if (part.$ref) table.append(row("…", `all of ${nameOf(part.$ref)}`));
    table.append(...rows(part));
  }
  for (const form of schema.oneOf ?? []) {
    table.append(row("either", form.properties ? "" : told(form), form.description ?? ""), ...rows(form));
  }
  return table;
};

const bodyOf = (content) => Object.entries(content ?? {}).map(([kind, { schema }]) => `${told(schema)} (${kind})`).join(", ");

const operation = (method, path, spec) => {
  const head = make("summary", "", make("b", method.toUpperCase()), make("code", path));
  head.append(` ${(spec.summary ?? spec.description ?? "").trim()}`);
  const details = make("details", "", head);
  if (spec.description && spec.summary) details.append(make("p", spec.description));
  const table = make("table");
  for (const given of spec.parameters ?? []) {
    const name = make("code", given.name + (given.required ? "" : "?"));
    table.append(row(name, `in ${given.in}`, told(given.schema), given.description ?? ""));
  }
  details.append(table);
  if (spec.requestBody) details.append(make("p", `Takes ${bodyOf(spec.requestBody.content)}`));
  for (const [status, response] of Object.entries(spec.responses)) {
    const body = response.$ref ? nameOf(response.$ref) : bodyOf(response.content);
    details.append(make("p", `${status}: ${body || "no body"}`));
  }
  return details;
};

const render = (api) => {
  const sections = new Map();
  for (const { name, description } of api.tags) {
    const section = make("section", "", make("h2", name), make("p", description));
    section.id = name;
    const link = make("a", name);
    link.href = `#${name}`;
    document.getElementById("tags").append(link);
    document.getElementById("operations").append(section);
    sections.set(name, section);
  }
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, spec] of Object.entries(methods)) {
      sections.get(spec.tags?.[0])?.append(operation(method, path, spec));
    }
  }
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    const details = make("details", "", make("summary", "", make("code", name)));
    if (schema.description) details.append(make("p", schema.description));
    details.append(schema.properties || schema.allOf || schema.oneOf ? fields(schema) : make("p", told(schema)));
    document.getElementById("types").append(details);
  }
  document.getElementById("about").prepend(`${api.info.description} `);
};

fetch("/api/openapi.json")
  .then((answer) => answer.json())
  .then(render)
  .catch((error) => document.getElementById("about").append(` It could not be read: ${error}`));
