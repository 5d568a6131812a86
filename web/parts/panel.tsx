import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { usePage } from '../context.js'
import type { Answer } from '../use-answer.js'
import { Failure } from './failure.js'

interface PanelProps {
  id: string
  title: string
  /** The request behind the panel, for the reader to copy. */
  request: string | undefined
  tools?: ComponentChildren
  children: ComponentChildren
}

/** A titled part of the page that can show the request behind it. */
export function Panel ({ id, title, request, tools, children }: PanelProps) {
  const { text } = usePage()
  const [open, setOpen] = useState(false)
  return (
    <section class={`panel panel-${id}`} aria-labelledby={`${id}-title`}>
      <header class='panel-head'>
        <h2 id={`${id}-title`}>{title}</h2>
        {tools}
        {request !== undefined && (
          <button type='button' class='quiet' aria-expanded={open} aria-controls={`${id}-api`} aria-label={text.apiOf(title)} onClick={() => setOpen(!open)}>{text.api}</button>
        )}
      </header>
      {open && request !== undefined && <Request id={`${id}-api`} url={`${location.origin}${request}`} />}
      {children}
    </section>
  )
}

function Request ({ id, url }: { id: string, url: string }) {
  const { text } = usePage()
  const [copied, setCopied] = useState(false)
  const copy = (what: string) => {
    navigator.clipboard?.writeText(what).then(() => setCopied(true))
  }
  return (
    <div class='request' id={id}>
      <code tabIndex={0}>GET {url}</code>
      <p class='note'>{text.apiHint}</p>
      <p class='request-tools'>
        <button type='button' class='button' onClick={() => copy(url)}>{text.copyUrl}</button>
        <button type='button' class='button' onClick={() => copy(`curl '${url.replaceAll('\'', '%27')}'`)}>{text.copyCurl}</button>
        <span role='status'>{copied ? text.copied : ''}</span>
      </p>
    </div>
  )
}

interface ShownProps<T> {
  answer: Answer<T>
  /** How many lines to keep free before the first answer. */
  lines?: number
  children: (data: T) => ComponentChildren
}

/** What the answer holds; lines in its place before there is one, and what went wrong where there will be none. */
export function Shown<T> ({ answer: { data, problem, loading, retry }, lines = 4, children }: ShownProps<T>) {
  if (problem !== undefined && !loading) return <Failure problem={problem} retry={retry} />
  if (data === undefined) return <Waiting lines={lines} />
  return <div class={loading ? 'shown stale' : 'shown'} aria-busy={loading}>{children(data)}</div>
}

function Waiting ({ lines }: { lines: number }) {
  const { text } = usePage()
  return (
    <div class='waiting' aria-busy='true'>
      <span class='unseen'>{text.loading}</span>
      {Array.from({ length: lines }, (_, index) => <span key={index} class='bone' />)}
    </div>
  )
}
