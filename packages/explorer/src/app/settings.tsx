import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'

import { en, type Words } from '../i18n/en.ts'
import { zh } from '../i18n/zh.ts'

/** Languages by the tag that `Intl` and `lang` take. */
export const LANGUAGES = { en: 'English', 'zh-CN': '简体中文' } as const
export type Language = keyof typeof LANGUAGES

export const THEMES = ['auto', 'light', 'dark'] as const
export type ThemeName = (typeof THEMES)[number]

type Chosen = {
  language: Language
  words: Words
  theme: ThemeName
  setLanguage: (language: Language) => void
  setTheme: (theme: ThemeName) => void
}

const WORDS: Readonly<Record<Language, Words>> = { en, 'zh-CN': zh }
const Context = createContext<Chosen | null>(null)

/** Language and theme: those that the reader chose, else those of the browser. */
export function Settings({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(
    () => kept('stemma-language', Object.keys(LANGUAGES)) ?? ofBrowser(),
  )
  const [theme, setTheme] = useState<ThemeName>(() => kept('stemma-theme', THEMES) ?? 'auto')
  useEffect(() => {
    document.documentElement.lang = language
    keep('stemma-language', language)
  }, [language])
  useEffect(() => {
    document.documentElement.dataset.theme = theme
    keep('stemma-theme', theme)
  }, [theme])
  const chosen = useMemo(() => ({ language, words: WORDS[language], theme, setLanguage, setTheme }), [language, theme])
  return <Context value={chosen}>{children}</Context>
}

export function useSettings(): Chosen {
  return useContext(Context)!
}

export function useWords(): Words {
  return useSettings().words
}

function ofBrowser(): Language {
  return navigator.languages.some((tag) => /^zh\b/i.test(tag)) && !/^en\b/i.test(navigator.language) ? 'zh-CN' : 'en'
}

/** What was kept, where the browser lets a page keep anything. */
function kept<T extends string>(name: string, words: readonly string[]): T | undefined {
  try {
    const value = localStorage.getItem(name)
    return value !== null && words.includes(value) ? (value as T) : undefined
  } catch {
    return undefined
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    // A browser without storage forgets the choice.
  }
}
