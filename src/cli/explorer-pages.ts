/**
 * The text of the API explorer's own files: page, initialiser, response headers. Swagger UI itself is copied from
 * swagger-ui-dist. Everything comes from our origin, and no script is inline, so that the policy can refuse the rest.
 */
import { DIALECT_NAMES } from './dialect-names.ts'

/** Served at `/docs/`. */
export const EXPLORER_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Activate API</title>
    <link rel="icon" type="image/png" href="favicon-32x32.png" />
    <link rel="stylesheet" href="swagger-ui.css" />
  </head>
  <body>
    <noscript>The explorer needs JavaScript; the API's description is at <a href="/openapi.json">/openapi.json</a>.</noscript>
    <main id="explorer"></main>
    <script src="swagger-ui-bundle.js"></script>
    <script src="swagger-ui-standalone-preset.js"></script>
    <script src="initializer.js"></script>
  </body>
</html>
`

/** The documents of the selector: everything at once, which is shown first, then each dialect alone. */
const DOCUMENTS = [
  { url: '/openapi.json', name: 'All' },
  ...DIALECT_NAMES.map((name) => ({
    url: `/openapi/${name}.json`,
    name: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  })),
]

/**
 * Starts the viewer. `validatorUrl: null` keeps it from sending the description to Swagger's validator,
 * `persistAuthorization: false` keeps bearer tokens out of the browser's storage.
 *
 * @see swagger-ui-dist 5.35.0; https://github.com/swagger-api/swagger-ui, docs/usage/configuration.md
 */
export const EXPLORER_INITIALIZER = `SwaggerUIBundle({
  dom_id: '#explorer',
  urls: ${JSON.stringify(DOCUMENTS)},
  layout: 'StandaloneLayout',
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  validatorUrl: null,
  deepLinking: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
})
`

/** What the page may load: its own origin; the viewer writes styles inline, nothing else (rules, section 5). */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

// The features that a page could ask a visitor's browser for; a policy has no word for "all".
const DENIED_FEATURES = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'publickey-credentials-create',
  'publickey-credentials-get',
  'usb',
]

/** Response headers of `/docs` and everything below it; `max-age` values are seconds. */
export const EXPLORER_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': DENIED_FEATURES.map((feature) => `${feature}=()`).join(', '),
  'Cache-Control': 'public, max-age=300',
}

/**
 * Writes the assets' `_headers` file.
 *
 * @see https://developers.cloudflare.com/workers/static-assets/headers/, read 2026-11-22
 */
export function writeHeadersFile(): string {
  const lines = Object.entries(EXPLORER_HEADERS).map(([name, value]) => `  ${name}: ${value}`)
  return ['/docs*', ...lines, ''].join('\n')
}
