import { useEffect, useState } from 'react'

const STEP = 5000

/** The time in Unix seconds, again every few seconds. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now() / 1000)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), STEP)
    return () => clearInterval(timer)
  }, [])
  return now
}
