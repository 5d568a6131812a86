import { usePage } from '../context.js'
import { measures } from '../view.js'

/** What the bars and the line measure. */
export function MeasureChoice () {
  const { view, change, text } = usePage()
  return (
    <fieldset class='segments'>
      <legend class='unseen'>{text.measure}</legend>
      {measures.map(measure => (
        <label key={measure}>
          <input type='radio' name='measure' value={measure} checked={view.measure === measure} onChange={() => change({ measure })} />
          <span>{text.measures[measure]}</span>
        </label>
      ))}
    </fieldset>
  )
}
