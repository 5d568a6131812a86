import Chart from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface LineText {
  label: string
  value (value: number): string
  day (date: string): string
  /** Called with the day that is clicked. */
  onDay (date: string): void
}

const heightPixels = 220
const darkness = matchMedia('(prefers-color-scheme: dark)')

/** Draws values by day into the box, as wide as it is; returns what takes it away again. */
export function drawLine (box: HTMLElement, points: readonly (readonly [date: string, value: number])[], text: LineText): () => void {
  let chart = draw()
  const watch = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: heightPixels }))
  const repaint = () => {
    chart.destroy()
    chart = draw()
  }
  watch.observe(box)
  darkness.addEventListener('change', repaint)
  return () => {
    watch.disconnect()
    darkness.removeEventListener('change', repaint)
    chart.destroy()
  }

  function draw (): Chart {
    const colours = getComputedStyle(document.documentElement)
    const colour = (name: string) => colours.getPropertyValue(`--${name}`).trim()
    const [ink, grid, accent] = [colour('faint'), colour('line'), colour('accent')]
    const day = (seconds: number) => text.day(new Date(seconds * 1000).toISOString().slice(0, 10))
    const line = new Chart({
      width: box.clientWidth,
      height: heightPixels,
      tzDate: seconds => Chart.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      cursor: { y: false },
      legend: { show: false },
      scales: { x: { time: true } },
      axes: [
        { stroke: ink, grid: { show: false }, ticks: { stroke: grid }, space: 110, values: (_chart, splits) => splits.map(day) },
        { stroke: ink, grid: { stroke: grid }, ticks: { show: false }, size: 76, values: (_chart, splits) => splits.map(value => text.value(value)) },
      ],
      series: [
        { label: '', value: (_chart, seconds) => seconds === null ? '' : day(seconds) },
        { label: text.label, stroke: accent, width: 2, points: { show: points.length < 40 }, value: (_chart, value) => value === null ? '' : text.value(value) },
      ],
    }, [points.map(([date]) => Date.parse(`${date}T00:00:00Z`) / 1000), points.map(([, value]) => value)], box)
    line.over.addEventListener('click', () => {
      const [date] = points[line.cursor.idx ?? -1] ?? []
      if (date !== undefined) text.onDay(date)
    })
    return line
  }
}
