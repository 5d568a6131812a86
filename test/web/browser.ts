import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import type { Test } from '../helpers/service.js'

const executablePath = '/usr/bin/chromium'

/** Why no browser is used, if so. */
export const noBrowser = process.env['NO_BROWSER'] !== undefined ? 'NO_BROWSER is set' : existsSync(executablePath) ? false : `there is no browser at ${executablePath}`

/** A browser that draws the map without a graphics card. */
export async function startBrowser (t: Test): Promise<Browser> {
  // Chromium does not start as root with its sandbox.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'] })
  t.after(() => browser.close())
  return browser
}

export interface Visit {
  page: Page
  /** What the browser complained of, and requests that left the host. */
  complaints: string[]
  close (): Promise<void>
}

// A missing part is not worth a longer wait.
const patienceMs = 20_000

/** A visitor of the service, whose browser writes down what goes wrong. */
export async function visit (browser: Browser, origin: string, path: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true, ...options })
  context.setDefaultTimeout(patienceMs)
  const page = await context.newPage()
  const complaints: string[] = []
  // Software drawing has its own warnings; an answer that is an error is told by the page.
  page.on('console', message => { if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text()) })
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('request', request => { if (!request.url().startsWith(origin) && !/^(blob|data):/.test(request.url())) complaints.push(`a request to ${request.url()}`) })
  await page.goto(`${origin}${path}`)
  return { page, complaints, close: () => context.close() }
}
