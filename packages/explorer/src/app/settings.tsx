import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'

import { en, type Words } from '../i18n/en.ts'

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

/** The words of each language. Those that most readers do not need are loaded when somebody does. */
const WORDS: Readonly<Record<Language, () => Promise<Words>>> = {
  en: () => Promise.resolve(en),
  'zh-CN': async () => (await import('../i18n/zh.ts')).zh,
}
const Context = createContext<Chosen | null>(null)

/** Language and theme: those that the reader chose, else those of the browser. */
export function Settings({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(
    () => kept('stemma-language', Object.keys(LANGUAGES)) ?? ofBrowser(),
  )
  const [theme, setTheme] = useState<ThemeName>(() => kept('stemma-theme', THEMES) ?? 'auto')
  const [loaded, setLoaded] = useState<{ language: Language; words: Words } | null>(
    language === 'en' ? { language, words: en } : null,
  )
  useEffect(() => {
    let isWanted = true
    const show = (words: Words): void => {
      if (!isWanted) return
      document.documentElement.lang = language
      setLoaded({ language, words })
    }
    WORDS[language]().then(show, () => show(en))
    keep('stemma-language', language)
    return () => void (isWanted = false)
  }, [language])
  useEffect(() => {
    document.documentElement.dataset.theme = theme
    keep('stemma-theme', theme)
  }, [theme])
  const chosen = useMemo(() => loaded && { ...loaded, theme, setLanguage, setTheme }, [loaded, theme])
  return chosen && <Context value={chosen}>{children}</Context>
}

export function useSettings(): Chosen {
  return useContext(Context)!
}

export function useWords(): Words {
  return useSettings().words
}

/** The words of one page, which come with its code, in the language of the reader. */
export function useWordsOf<W>(words: Readonly<Record<Language, W>>): W {
  return words[useSettings().language]
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
