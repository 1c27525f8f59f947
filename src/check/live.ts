import type { LiveCheck, LiveError } from '../connectors/connector.ts';
import { printable } from '../lib/sanitize.ts';

export interface LiveStep {
	readonly id: string;
	readonly status: 'passed' | 'failed';
	readonly ms: number;
	readonly note?: string;
	readonly error?: LiveError;
}

/** What was done on a real sandbox, in its order. */
export interface LiveReport {
	/** The name of the sandbox. */
	readonly sandbox: string;
	readonly steps: readonly LiveStep[];
	/** Whether a sandbox was made that is still there, as far as is known. */
	readonly isLeft: boolean;
	/** Why the script did not come to its end. */
	readonly broken: string | undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null;
}

function readError(value: unknown): LiveError | undefined {
	if (!isRecord(value)) return undefined;
	const { message, name, statusCode, code } = value;
	return {
		message: printable(String(message)),
		...(typeof name === 'string' ? { name: printable(name) } : {}),
		...(typeof statusCode === 'number' ? { statusCode } : {}),
		...(typeof code === 'string' ? { code: printable(code) } : {}),
	};
}

/** A message of the script; undefined for one that ends no step. */
export function readStep(message: unknown): LiveStep | undefined {
	if (!isRecord(message) || message['type'] !== 'end') return undefined;
	const error = readError(message['error']);
	const { step, status, ms, note } = message;
	return {
		id: printable(String(step)),
		status: status === 'passed' ? 'passed' : 'failed',
		ms: Number(ms),
		...(typeof note === 'string' ? { note: printable(note) } : {}),
		...(error === undefined ? {} : { error }),
	};
}

/** A row for each step, with its time. */
export function liveTable({ steps }: LiveReport, titles: LiveCheck['titles']): string[] {
	const rows = steps.map(({ id, status, ms, note }) => ({ title: titles[id] ?? id, status, ms: `${ms} ms`, note }));
	const width = Math.max(0, ...rows.map(({ title }) => title.length));
	const times = Math.max(0, ...rows.map(({ ms }) => ms.length));
	return rows.map(({ title, status, ms, note }) => {
		const row = `  ${status === 'passed' ? 'ok  ' : 'FAIL'}  ${title.padEnd(width)}  ${ms.padStart(times)}`;
		return note === undefined ? row : `${row}  (${note})`;
	});
}
