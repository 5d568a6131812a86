import { usePage } from '../context.js'

/** What the page shows while the service has no snapshot at all. */
export function FirstRun () {
  const { text } = usePage()
  const { first503 } = text
  return (
    <section class='panel first-run' role='status'>
      <h2>{first503.title}</h2>
      <p>{first503.what}</p>
      <p>{first503.todo}</p>
      <pre tabIndex={0}><code>{`curl -X POST ${location.origin}/ingest -H 'Authorization: Bearer …'`}</code></pre>
    </section>
  )
}
