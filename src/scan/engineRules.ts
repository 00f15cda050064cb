import type { Rule } from './ports.ts'

/** Rules under which the findings of other engines are reported. They are outside of the ruleset, because engines differ by machine. */
export const ENGINE_RULES: readonly Rule[] = [
  {
    id: 'clamav.found',
    level: 'fail',
    finds: 'What ClamAV has a signature for',
    remedy: 'Do not load the file. Look the signature up, and ask the publisher.',
  },
  {
    id: 'modelscan.found',
    level: 'fail',
    finds: 'What modelscan holds to be unsafe',
    remedy: 'Do not load the file. Ask the publisher for safetensors.',
  },
]
