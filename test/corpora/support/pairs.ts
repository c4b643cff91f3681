/**
 * Tables in which every pair of levels meets: few rows for what would be thousands in full. Knows nothing of what the
 * levels mean.
 */

/** Levels by their dimension; the first of each is as it ought to be. */
export type Levels<D extends string = string> = Readonly<Record<D, readonly string[]>>

type Row<D extends string> = Readonly<Record<D, string>>

const dimensionsOf = <D extends string>(levels: Levels<D>) => Object.keys(levels).sort() as D[]

/** Names all pairs of levels of a row, which may be unfinished. */
export function pairsOf(row: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(row)
    .sort()
    .map((one) => `${one} ${row[one]}`)
  return names.flatMap((name, at) => names.slice(at + 1).map((other) => `${name}, ${other}`))
}

/** Names all pairs that there are. */
export function allPairsOf(levels: Levels): string[] {
  const dimensions = dimensionsOf(levels)
  const levelsOf = (one: string) => levels[one] ?? []
  return dimensions.flatMap((one, at) =>
    dimensions
      .slice(at + 1)
      .flatMap((other) =>
        levelsOf(one).flatMap((a) =>
          levelsOf(other).flatMap((b) => pairsOf({ [one]: a, [other]: b })),
        ),
      ),
  )
}

/** Makes few rows that have every pair between them: each level is the one that adds most of what is missing. */
export function combine<D extends string>(levels: Levels<D>, random: () => number): Row<D>[] {
  const missing = new Set(allPairsOf(levels))
  const rows: Row<D>[] = []
  const gainOf = (row: object) => pairsOf({ ...row }).filter((pair) => missing.has(pair)).length
  while (missing.size > 0) {
    const row = shuffle(dimensionsOf(levels), random).reduce<Record<string, string>>(
      (begun, one) => {
        const next = shuffle(levels[one], random).map((level) => ({ ...begun, [one]: level }))
        return next.reduce((best, other) => (gainOf(other) > gainOf(best) ? other : best))
      },
      {},
    )
    for (const pair of pairsOf(row)) missing.delete(pair)
    rows.push(row as Row<D>)
  }
  return rows
}

/** Makes a row for each level, in which all else is as it ought to be. */
export function singlesOf<D extends string>(levels: Levels<D>): Row<D>[] {
  const dimensions = dimensionsOf(levels)
  const good = Object.fromEntries(dimensions.map((one) => [one, levels[one][0]])) as Row<D>
  return dimensions.flatMap((one) => levels[one].map((level) => ({ ...good, [one]: level })))
}

/** Puts a list into an order of chance. */
export function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const placed = list.map((one) => ({ one, at: random() }))
  return placed.sort((a, b) => a.at - b.at).map(({ one }) => one)
}
