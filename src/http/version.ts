/**
 * Which release this is. `npm version` keeps it equal to package.json, which no file of the source may read.
 */

/** Version of the service: in its documents, and as `x-api-version` in every answer (semver.org 2.0.0). */
export const VERSION = '0.1.0'
