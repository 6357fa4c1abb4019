import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@longwire/kit'

export interface Page {
  readonly html: string
  readonly sdkFile: string
}

const HTML = fileURLToPath(new URL('../../web/index.html', import.meta.url))
const SDK = fileURLToPath(new URL('../../../client-sdk/dist/longwire.browser.js', import.meta.url))

/** The page at `/`: a client in the browser. Missing where the browser SDK was not bundled. */
export const loadPage = (log: Logger): Page | undefined => {
  if (!existsSync(HTML) || !existsSync(SDK)) {
    log.warn('the page is not served: the browser SDK is not bundled; run npm run build')
    return undefined
  }
  return { html: readFileSync(HTML, 'utf8'), sdkFile: SDK }
}
