interface Family {
  /** `# HELP` and `# TYPE`. */
  readonly head: string[]
  readonly samples: string[]
}

const NAME = /^# (?:HELP|TYPE) (\S+)/
const SAMPLE = /^([^\s{]+)(?:\{(.*)\})? (.*)$/

/** Expositions of several processes as one, in which each sample names its worker; '' has no name. */
export const gatherExpositions = (byWorker: ReadonlyMap<string, string>): string => {
  const families = new Map<string, Family>()
  for (const [worker, text] of byWorker) gather(families, worker, text)
  return [...families.values()]
    .map(({ head, samples }) => [...head, ...samples, ''].join('\n'))
    .join('\n')
}

const gather = (families: Map<string, Family>, worker: string, text: string): void => {
  let family: Family = { head: [], samples: [] }
  for (const line of text.split('\n')) {
    const named = NAME.exec(line)?.[1]
    if (named !== undefined) {
      const known = families.get(named) ?? { head: [], samples: [] }
      families.set(named, known)
      if (known.samples.length === 0 && !known.head.includes(line)) known.head.push(line)
      family = known
      continue
    }
    const sample = SAMPLE.exec(line)
    if (sample === null) continue
    const [, name = '', labels = '', value = ''] = sample
    const all = [worker === '' ? '' : `worker="${worker}"`, labels].filter(text => text !== '')
    family.samples.push(`${name}${all.length === 0 ? '' : `{${all.join(',')}}`} ${value}`)
  }
}
