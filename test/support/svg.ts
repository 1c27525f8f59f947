import type { IBufferCell, IBufferLine, Terminal } from '@xterm/headless';

const CELL = { width: 8.4, height: 18 };

const MARGIN = 16;

const PAPER = '#1e1e2e';

const INK = '#cdd6f4';

const DIM_INK = '#7f849c';

/** The sixteen colours of a terminal; the program uses no others. */
const COLOURS = [
	'#45475a',
	'#f38ba8',
	'#a6e3a1',
	'#f9e2af',
	'#89b4fa',
	'#f5c2e7',
	'#94e2d5',
	'#bac2de',
	'#7f849c',
	'#f38ba8',
	'#a6e3a1',
	'#f9e2af',
	'#89b4fa',
	'#f5c2e7',
	'#94e2d5',
	'#cdd6f4',
] as const;

interface Run {
	readonly column: number;
	readonly fill: string;
	text: string;
}

function fillOf(cell: IBufferCell): string {
	if (cell.isDim()) return DIM_INK;
	return (cell.isFgPalette() ? COLOURS[cell.getFgColor()] : undefined) ?? INK;
}

/** Neighbours of one colour are one text. */
function readRuns(line: IBufferLine): Run[] {
	const runs: Run[] = [];
	const length = line.translateToString(true).length;
	for (let column = 0; column < length; column++) {
		const cell = line.getCell(column);
		if (cell === undefined) continue;
		const [fill, text, last] = [fillOf(cell), cell.getChars() || ' ', runs.at(-1)];
		if (last?.fill === fill) last.text += text;
		else runs.push({ column, fill, text });
	}
	return runs.filter(({ text }) => text.trim() !== '');
}

function escapeXml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function renderRun({ column, fill, text }: Run, row: number): string {
	const [x, y] = [MARGIN + column * CELL.width, MARGIN + (row + 0.75) * CELL.height];
	const length = (text.length * CELL.width).toFixed(1);
	return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${fill}" textLength="${length}" xml:space="preserve">${escapeXml(text)}</text>`;
}

/** What stands on the terminal now, without the empty lines at its end. */
export function readRows({ buffer: { active } }: Terminal): Run[][] {
	const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)).filter(
		(line) => line !== undefined,
	);
	return lines.slice(0, lines.findLastIndex((line) => line.translateToString(true) !== '') + 1).map(readRuns);
}

export function renderSvg(rows: readonly Run[][], columns: number, title: string): string {
	const size = { width: Math.ceil(columns * CELL.width + 2 * MARGIN), height: rows.length * CELL.height + 2 * MARGIN };
	const texts = rows.flatMap((runs, row) => runs.map((run) => renderRun(run, row)));
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" role="img">
<title>${escapeXml(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
<g font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${texts.join('\n')}
</g>
</svg>
`;
}
