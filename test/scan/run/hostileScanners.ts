import type { Scanner } from '../../../src/scan/ports.ts'

/** A scanner that ends its process, never ends, or eats memory, by what a file says. */
const hostile: Scanner = {
  id: 'hostile',
  version: 1,
  rules: [{ id: 'hostile.seen', level: 'note', finds: 'a file', remedy: 'none' }],
  settings: {},
  scanFile(content, context) {
    const text = Buffer.from(content.read(0, 10)).toString()
    if (text.startsWith('crash')) process.abort()
    if (text.startsWith('throw')) throw new Error('a fault of the scanner')
    if (text.startsWith('hang')) for (;;);
    const kept: number[][] = []
    if (text.startsWith('eat')) for (;;) kept.push(Array.from({ length: 1e6 }, (_, index) => index))
    context.found({ rule: 'hostile.seen', what: text })
    return true
  },
}

export const SCANNERS: readonly Scanner[] = [hostile]
