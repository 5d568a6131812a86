import { render } from 'preact'
import { App } from './app.js'
import './style/base.css'
import './style/layout.css'
import './style/parts.css'
import './style/charts.css'

const root = document.getElementById('page')
if (root !== null) render(<App />, root)
