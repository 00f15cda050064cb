import { useMemo } from 'react'

import { useSettings } from '../app/settings.tsx'

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** Says how long a number of seconds is, in its largest unit and rounded down, in the reader's language: "3 hours". */
export function useDuration(): (seconds: number) => string {
  const { language } = useSettings()
  return useMemo(() => {
    const formats = UNITS.map(
      ([unit, size]) => [new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }), size] as const,
    )
    return (seconds) => {
      const [format, size] = formats.find(([, each]) => seconds >= each) ?? formats.at(-1)!
      return format.format(Math.max(0, Math.floor(seconds / size)))
    }
  }, [language])
}
