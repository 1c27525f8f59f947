import { UNNAMED_FOLDER } from '../lib/sanitize.ts';
import type { Checked, Finding } from './findings.ts';
import { type LiveReport, liveTable } from './live.ts';
import { findingMessage } from './messages.ts';

function count(n: number, noun: string): string {
	return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function summary({ title, file, runtime, findings }: Checked): string {
	const errors = findings.filter(({ severity }) => severity === 'error').length;
	const notes = findings.length - errors;
	const counts = [...(errors > 0 ? [count(errors, 'error')] : []), ...(notes > 0 ? [count(notes, 'note')] : [])].join(
		' and ',
	);
	const verdict = errors > 0 ? `has ${counts}` : `is in order${notes > 0 ? `, with ${counts}` : ''}`;
	return `${title} ${verdict}: ${file.path}, for ${runtime}.`;
}

function warningsOf({ warnings, tools }: Checked): readonly string[] {
	return tools.folder === undefined ? [...warnings, UNNAMED_FOLDER] : warnings;
}

function lines(checked: Checked): string[] {
	const said = checked.findings.flatMap((finding) => {
		const { message, command } = findingMessage(finding, checked.tools);
		return [`  ${finding.severity} ${finding.code}: ${message}`, ...(command === undefined ? [] : [`    ${command}`])];
	});
	const { live } = checked;
	const table = live === undefined ? [] : liveTable(live.report, live.titles);
	return [summary(checked), ...table, ...said, ...warningsOf(checked).map((warning) => `Warning: ${warning}`)];
}

export function renderCheck(all: readonly Checked[]): string[] {
	return all.flatMap(lines);
}

/** In JSON. */
export interface ReportedCheck extends Omit<Checked, 'title' | 'tools' | 'findings' | 'live'> {
	readonly findings: readonly ReportedFinding[];
	readonly live?: LiveReport;
}

interface ReportedFinding extends Omit<Finding, 'args'> {
	readonly message: string;
	readonly command: string | null;
}

function reportOne(checked: Checked): ReportedCheck {
	const { connector, file, runtime, findings, live, tools } = checked;
	return {
		connector,
		file,
		runtime,
		findings: findings.map((finding) => {
			const { message, command = null } = findingMessage(finding, tools);
			return { code: finding.code, severity: finding.severity, message, command };
		}),
		warnings: warningsOf(checked),
		...(live === undefined ? {} : { live: live.report }),
	};
}

export function reportChecks(all: readonly Checked[]): ReportedCheck[] {
	return all.map(reportOne);
}
