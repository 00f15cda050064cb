/** Writes the URL of every module that a process loads after this one to standard error. For `node --import`. */
import { registerHooks } from 'node:module'
import { writeSync } from 'node:fs'

registerHooks({
  load: (url, context, nextLoad) => {
    writeSync(2, `loaded ${url}\n`)
    return nextLoad(url, context)
  },
})
