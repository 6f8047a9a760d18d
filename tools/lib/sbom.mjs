// Bills of materials: what of others a made thing holds, in CycloneDX's JSON. No serial number and no time, so that the same parts give the same bytes.

/**
 * The document for `name`; `parts` have a name, a version, a licence (an SPDX expression) and a purl.
 * Fields: https://cyclonedx.org/docs/1.6/json/
 */
export function billOfMaterials(name, version, parts) {
  const component = ({ name: part, version: of, licence, purl }) => ({
    type: 'library',
    'bom-ref': purl,
    name: part,
    version: of,
    licenses: [{ expression: licence }],
    purl,
  });
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': `pkg:npm/${npmName(name)}@${version}`, name, version } },
    components: parts.map(component),
  };
}

const npmName = (name) => name.replace('@', '%40');

/** The part that an npm package is. */
export const npmPart = ({ name, version, license }) => ({
  name,
  version,
  licence: license,
  purl: `pkg:npm/${npmName(name)}@${version}`,
});
