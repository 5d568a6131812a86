import { usePage } from '../context.js'
import type { Language } from '../text/index.js'

const languages: readonly (readonly [Language, string])[] = [['en', 'English'], ['ms', 'Bahasa Malaysia']]

/** The title, the languages and the way to the documentation. */
export function Masthead ({ speak }: { speak: (language: Language) => void }) {
  const { text, language: spoken } = usePage()
  return (
    <header class='masthead'>
      <div class='masthead-title'>
        <h1>{text.title}</h1>
        <p>{text.lead}</p>
      </div>
      <nav class='masthead-links' aria-label={text.language}>
        {languages.map(([language, name]) => (
          <button key={language} type='button' class='quiet' lang={language} aria-pressed={language === spoken} onClick={() => speak(language)}>{name}</button>
        ))}
        <a href='/docs'>{text.docs}</a>
      </nav>
    </header>
  )
}
