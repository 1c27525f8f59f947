import { isUtf8 } from 'node:buffer';
import { reportChecks, type ReportedCheck } from '../check/report.ts';
import { escapeUnprintable } from '../lib/sanitize.ts';
import { shownCommand } from '../lib/shell.ts';
import type { Change, Owner } from '../plan/changes.ts';
import { keyStates } from '../plan/env-keys.ts';
import type { ManualStep } from '../plan/manual-steps.ts';
import { sha256 } from '../plan/fingerprint.ts';
import type { PlannedPackage } from '../plan/plan.ts';
import type { Proposal } from '../plan/proposal.ts';
import { type Fact, type Project, sourceFolder } from '../project/project.ts';
import { type NextCommand, nextCommands } from './next-commands.ts';
import { exitCode, type Outcome, type Result } from './outcome.ts';
import { outcomeLines } from './text.ts';
import type { Environment } from '../terminal/context.ts';

/** What `--json` prints; a field is added without a new schema version, never taken away or changed. */
interface Report {
	readonly schemaVersion: 1;
	readonly ok: boolean;
	readonly status: Outcome['status'];
	readonly exitCode: number;
	readonly connector: string | null;
	readonly project: ReportedProject | null;
	/** What a write does, in its order; it is done when the status is `written`. */
	readonly changes: readonly ReportedChange[];
	readonly packages: readonly PlannedPackage[];
	readonly env: readonly ReportedKey[];
	/** The command that a write runs first. */
	readonly install: string | null;
	readonly manual: readonly Pick<ManualStep, 'path' | 'where' | 'lines'>[];
	readonly warnings: readonly string[];
	/** What the package manager had to say. */
	readonly notes: readonly string[];
	readonly next: readonly NextCommand[];
	readonly error: { readonly message: string; readonly hint: string | null } | null;
	readonly instructions?: string;
	readonly patch?: string;
	/** Of a patch that is not UTF-8, every character stands for one byte. */
	readonly patchEncoding?: 'utf8' | 'latin1';
	readonly text?: string;
	readonly checked?: readonly ReportedCheck[];
	readonly connectors?: readonly {
		readonly name: string;
		readonly kind: string;
		readonly summary: string;
		readonly website: string;
	}[];
}

interface ReportedProject {
	readonly root: Fact<string>;
	readonly gitRoot: Fact<string | null>;
	readonly runtime: Fact<string | null> & { readonly profile: string };
	readonly sourceDir: Fact<string>;
	readonly connectorPath: Fact<string>;
	readonly importExtension: Fact<string>;
	readonly packageManager: Fact<string | null>;
	readonly modelKeyFile: Fact<string | null>;
	readonly targets: readonly Fact<string>[];
}

interface ReportedChange {
	readonly path: string;
	readonly action: Change['kind'];
	readonly bytes: number;
	readonly sha256: string;
	readonly backup?: string;
	readonly owner?: Owner;
	/** Beside the file: a merge with the lines marked that both sides changed. */
	readonly marked?: string | null;
}

interface ReportedKey {
	readonly name: string;
	readonly required: boolean;
	readonly set: boolean;
	/** "environment", or an env file. */
	readonly from: string | null;
}

function reportChange(change: Change): ReportedChange {
	const { kind, path, content } = change;
	const common = { path, action: kind, bytes: content.length, sha256: sha256(content) };
	if (change.kind === 'replace') return { ...common, backup: change.backup };
	if (change.kind !== 'conflict') return common;
	const { owner, marked } = change;
	return { ...common, owner, marked: marked?.path ?? null };
}

function reportManager({ packageManager }: Project): Fact<string | null> {
	if (packageManager.status === 'found')
		return { value: packageManager.manager.name, from: packageManager.manager.from };
	return {
		value: null,
		from: packageManager.status === 'ambiguous' ? packageManager.lockfiles.join(', ') : packageManager.from,
	};
}

function reportProject(project: Project): ReportedProject {
	const {
		root,
		gitRoot = null,
		runtime,
		sourceDir,
		connectorPath,
		importExtension,
		modelKeyFile = null,
		targets,
	} = project;
	return {
		root: { value: root, from: 'package.json' },
		gitRoot: { value: gitRoot, from: gitRoot === null ? 'not found' : '.git' },
		runtime: { value: runtime.version ?? null, profile: runtime.profile.since, from: runtime.from },
		sourceDir: { value: sourceFolder(project), from: sourceDir.from },
		connectorPath,
		importExtension,
		packageManager: reportManager(project),
		modelKeyFile: {
			value: modelKeyFile,
			from: modelKeyFile === null ? 'not found' : "the name of a model provider's key",
		},
		targets,
	};
}

function reportProposal(proposal: Proposal, env: Environment) {
	const { plan, project, changes, install } = proposal;
	const keys = keyStates(plan.env, project, env);
	return {
		connector: plan.connector,
		project: reportProject(project),
		changes: changes.map(reportChange),
		packages: plan.packages,
		env: keys.map(({ name, required, setIn }) => ({ name, required, set: setIn !== undefined, from: setIn ?? null })),
		install: install === undefined ? null : shownCommand(install.command),
		manual: plan.manual.map(({ path, where, lines }) => ({ path, where, lines })),
		warnings: plan.warnings,
	};
}

const NO_PROPOSAL = {
	connector: null,
	project: null,
	changes: [],
	packages: [],
	env: [],
	install: null,
	manual: [],
	warnings: [],
} as const;

function reportError(result: Result): Report['error'] {
	if (exitCode(result) === 0) return null;
	const { outcome } = result;
	if ('message' in outcome) return { message: outcome.message, hint: outcome.hint ?? null };
	return { message: outcomeLines(result).join('\n'), hint: null };
}

function decodePatch(patch: string): Pick<Report, 'patch' | 'patchEncoding'> {
	const bytes = Buffer.from(patch, 'latin1');
	return isUtf8(bytes) ? { patch: bytes.toString('utf8'), patchEncoding: 'utf8' } : { patch, patchEncoding: 'latin1' };
}

function reportPayload(outcome: Outcome): Partial<Report> {
	if (outcome.status === 'printed') return { instructions: outcome.instructions };
	if (outcome.status === 'compared') return decodePatch(outcome.patch);
	if (outcome.status === 'shown') return { text: outcome.text };
	if (outcome.status === 'checked') return { checked: reportChecks(outcome.checked) };
	if (outcome.status !== 'listed') return {};
	return {
		connectors: outcome.connectors.map(({ name, kind, summary, website }) => ({ name, kind, summary, website })),
	};
}

/** One object for every mode and every ending. `env` tells only whether a name is set. */
export function renderJson(result: Result, env: Environment): string {
	const { outcome, proposal } = result;
	const code = exitCode(result);
	const report: Report = {
		schemaVersion: 1,
		ok: code === 0,
		status: outcome.status,
		exitCode: code,
		...(proposal === undefined ? NO_PROPOSAL : reportProposal(proposal, env)),
		notes: outcome.status === 'written' ? outcome.notes : [],
		next: nextCommands(result),
		error: reportError(result),
		...reportPayload(outcome),
	};
	return `${escapeUnprintable(JSON.stringify(report, undefined, 2))}\n`;
}
