import { useMemo } from 'react'

import { useSettings } from '../app/settings.tsx'

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** Numbers and times in the reader's language. Times are in Unix seconds. */
export function useFormats() {
  const { language } = useSettings()
  return useMemo(() => {
    const numbers = new Intl.NumberFormat(language)
    const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
    const relative = new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'short' })
    return {
      number: (value: number | bigint) => numbers.format(value),
      dateTime: (time: number) => times.format(time * 1000),
      ago: (time: number, now: number) => {
        const seconds = Math.max(0, Math.round(now - time))
        const [unit, size] = UNITS.find(([, each]) => seconds >= each) ?? (['second', 1] as const)
        return relative.format(-Math.floor(seconds / size), unit)
      },
    }
  }, [language])
}
