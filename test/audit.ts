/**
 * Asks npm's registry for advisories against the lockfile (catalogue C11). Ends with 1 for a high or critical one, and
 * where there is no report; says loudly that it was skipped where the registry does not answer audits.
 */
import { execFile } from 'node:child_process'
import path from 'node:path'

/** As much of npm's report as is read; a name in `via` stands for a package that brings advisories in. */
interface Report {
  readonly vulnerabilities?: Readonly<
    Record<string, { severity: string; via: (string | { title: string; url: string })[] }>
  >
}

const folder = path.join(import.meta.dirname, '..')
execFile('npm', ['audit', '--json'], { cwd: folder, maxBuffer: 2 ** 26 }, (_error, out, notes) => {
  // npm ends with 1 for advisories and for its own failures alike, so what it wrote decides.
  const findings = readReport(out)
  if (findings) {
    findings.forEach((finding) => console.error(finding))
    console.log(`npm audit: ${findings.length} packages with high or critical advisories.`)
    process.exitCode = findings.length === 0 ? 0 : 1
  } else if (notes.includes('audit endpoint returned an error')) {
    console.warn('SKIPPED: the registry answers no audits; nothing was shown about advisories.')
  } else {
    console.error(`npm audit failed.\n${notes}`)
    process.exitCode = 1
  }
})

/** Lists what is grave, one line a package; null for what is no report. */
function readReport(text: string): string[] | null {
  try {
    const { vulnerabilities } = JSON.parse(text) as Report
    if (!vulnerabilities) return null
    return Object.entries(vulnerabilities)
      .filter(([, { severity }]) => severity === 'high' || severity === 'critical')
      .map(([name, { severity, via }]) => {
        const causes = via.map((one) => (typeof one === 'string' ? one : `${one.title} ${one.url}`))
        return `${severity}: ${name}: ${causes.join('; ')}`
      })
  } catch {
    return null
  }
}
