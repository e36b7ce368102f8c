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

// How a schema is told in one line.
const told = (schema) => {
  if (!schema) return "nothing";
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  for (const many of ["oneOf", "anyOf"]) if (schema[many]) return schema[many].map(told).join(" | ");
  if (schema.allOf) return schema.allOf.map(told).join(" & ");
  const types = [schema.type ?? "any"].flat();
  return types.map((type) => (type === "array" ? `list of ${told(schema.items)}` : type)).join(" | ");
};

const fields = (schema) => {
  const table = make("table");
  const parts = [schema, ...(schema.allOf ?? [])];
  for (const part of parts) {
    if (part.$ref) table.append(make("tr", "", make("td", "…"), make("td", `all of ${nameOf(part.$ref)}`)));
    for (const [name, field] of Object.entries(part.properties ?? {})) {
      const must = (part.required ?? []).includes(name) ? "" : "?";
      const row = make("tr", "", make("td", "", make("code", name + must)), make("td", told(field)));
      row.append(make("td", field.description ?? ""));
      table.append(row);
    }
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
    const must = given.required ? "" : "?";
    const row = make("tr", "", make("td", "", make("code", given.name + must)), make("td", `in ${given.in}`));
    row.append(make("td", told(given.schema)), make("td", given.description ?? ""));
    table.append(row);
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
    details.append(schema.properties || schema.allOf ? fields(schema) : make("p", told(schema)));
    document.getElementById("types").append(details);
  }
  document.getElementById("about").prepend(`${api.info.description} `);
};

fetch("/api/openapi.json")
  .then((answer) => answer.json())
  .then(render)
  .catch((error) => document.getElementById("about").append(` It could not be read: ${error}`));
