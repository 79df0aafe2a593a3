import { pixelPng } from "./content.ts";

/** What can be read, by its URI. */
const contents: Readonly<Record<string, object>> = {
  "test://static-text": { mimeType: "text/plain", text: "This is the content of the static text resource." },
  "test://static-binary": { mimeType: "image/png", blob: pixelPng },
  "test://watched-resource": { mimeType: "text/plain", text: "This is the content of the watched resource." },
};

const templated = /^test:\/\/template\/([^/]+)\/data$/;

/** The result of `resources/list`. */
export const resourceList = {
  resources: Object.entries(contents).map(([uri, content]) => ({
    uri,
    name: uri.slice("test://".length),
    description: `What ${uri} holds.`,
    ...("mimeType" in content ? { mimeType: content.mimeType } : {}),
  })),
};

/** The result of `resources/templates/list`. */
export const templateList = {
  resourceTemplates: [
    {
      uriTemplate: "test://template/{id}/data",
      name: "template",
      description: "JSON about any id.",
      mimeType: "application/json",
    },
  ],
};

/** The result of `resources/read`; null for a URI that stands for nothing. */
export function readResource(uri: string): { readonly contents: readonly object[] } | null {
  const known = Object.hasOwn(contents, uri) ? contents[uri] : undefined;
  if (known !== undefined) return { contents: [{ uri, ...known }] };
  const id = templated.exec(uri)?.[1];
  if (id === undefined) return null;
  const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
  return { contents: [{ uri, mimeType: "application/json", text }] };
}
