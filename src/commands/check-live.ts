import type Crypto from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Finding } from '../check/findings.ts';
import { type LiveReport, type LiveStep, readStep } from '../check/live.ts';
import type { Connector, LiveCheck } from '../connectors/connector.ts';
import { Cancelled, UsageError } from '../lib/errors.ts';
import { semver } from '../lib/semver.ts';
import { isNewer } from '../plan/packages.ts';
import { plugAndPlayOptions } from '../project/installed.ts';
import type { Project } from '../project/project.ts';
import { NODE_VERSION, runScript } from '../system/run-script.ts';
import type { Context } from '../terminal/context.ts';
import { canAsk } from '../terminal/interactive.ts';
import type { LiveFlags } from './options.ts';

/** Flue itself needs it; and it takes TypeScript as it is. */
const OLDEST_NODE = '22.18.0';

/** What can be seen without a sandbox, and would only fail in one. */
const HOPELESS = new Set<Finding['code']>([
	'file-missing',
	'merge-unfinished',
	'code-broken',
	'export-missing',
	'contract-missing',
	'declared-twice',
	'runtime-missing',
	'package-missing',
	'key-missing',
	'key-hidden',
	'key-behind-mark',
]);

/** Throws a UsageError. */
export function checkLiveFlags({ live, snapshot, image }: LiveFlags): void {
	const needless = snapshot !== undefined ? '--snapshot' : image !== undefined ? '--image' : undefined;
	if (!live && needless !== undefined)
		throw new UsageError(`${needless} needs --live.`, 'Only with it a sandbox is created.');
	if (snapshot !== undefined && image !== undefined)
		throw new UsageError('--snapshot and --image exclude each other.', 'A sandbox is made from one of them.');
	if (live && semver().lt(NODE_VERSION, OLDEST_NODE)) {
		throw new UsageError(
			`flue check --live runs the connector as Flue does, which needs Node.js ${OLDEST_NODE} or later; this is ${NODE_VERSION}.`,
			'Run it with a newer Node.js.',
		);
	}
}

/** Node takes the last file for a name: `.env`, which Flue reads, comes last. What is in them is never read here. */
function envFileOptions({ env }: Connector, { envFiles, root }: Project): string[] {
	const used = envFiles.filter(({ filled }) => env.some(({ name }) => filled.has(name)));
	return used.toReversed().map(({ path }) => `--env-file=${join(root, path)}`);
}

function scriptInput(connector: Connector, project: Project, flags: LiveFlags, name: string, sdk: string): object {
	const { snapshot, image } = flags;
	const { profile } = project.runtime;
	return {
		connector: join(project.root, project.connectorPath.value),
		exportName: connector.name,
		sdk,
		request: {
			name,
			ephemeral: true,
			autoStopInterval: 1,
			...(snapshot ? { snapshot } : {}),
			...(image ? { image } : {}),
		},
		// An image has to be built first.
		createSeconds: image === undefined ? 120 : 900,
		deadline: profile.deadlineUnit === 'seconds' ? { timeout: 1 } : { timeoutMs: 1000 },
		secrets: connector.env.filter(({ required }) => required).map(({ name: key }) => key),
	};
}

/** Says what is created; whether it may be. */
async function askFirst(title: string, name: string, flags: LiveFlags, context: Context): Promise<boolean> {
	const from = flags.snapshot ?? flags.image;
	const made = `${title} sandbox ${name}${from === undefined ? '' : ` from ${from}`}`;
	const lines = [
		`This creates the ${made}, runs some commands in it and deletes it. It costs what a minute of a sandbox costs.`,
	];
	if (flags.yes || flags.json || !canAsk(context.terminals, context.env)) {
		for (const line of lines) context.say(line);
		return true;
	}
	const { confirmLive } = await import('../terminal/prompts.ts');
	return confirmLive(lines, context);
}

function failures({ steps }: LiveReport, { titles, explain }: LiveCheck, isSdkNewer: boolean): Finding[] {
	return steps.flatMap(({ id, error }): Finding[] => {
		if (error === undefined) return [];
		const args = {
			title: titles[id] ?? id,
			reason: error.message.replace(/\.$/, ''),
			meaning: explain(id, error, isSdkNewer),
		};
		return [{ code: 'live-failed', severity: 'error', args }];
	});
}

function liveFindings(report: LiveReport, live: LiveCheck, isSdkNewer: boolean): Finding[] {
	const { broken, isLeft, sandbox } = report;
	return [
		...failures(report, live, isSdkNewer),
		...(broken === undefined ? [] : [{ code: 'live-broken', severity: 'error', args: { reason: broken } } as const]),
		...(isLeft ? [{ code: 'live-sandbox-left', severity: 'error', args: { name: sandbox } } as const] : []),
	];
}

interface LiveResult {
	readonly findings: readonly Finding[];
	readonly live?: { readonly report: LiveReport; readonly titles: LiveCheck['titles'] };
}

function skipped(why: 'errors' | 'declined'): LiveResult {
	return { findings: [{ code: 'live-skipped', severity: 'note', args: { why } }] };
}

/** Creates a sandbox, runs the project's own connector on it, and deletes it whatever happens. Throws Cancelled. */
export async function checkLive(
	connector: Connector,
	live: LiveCheck,
	project: Project,
	findings: readonly Finding[],
	flags: LiveFlags,
	context: Context,
): Promise<LiveResult> {
	if (findings.some(({ code, severity }) => severity === 'error' && HOPELESS.has(code))) return skipped('errors');
	const name = `flue-check-${(require('node:crypto') as typeof Crypto).randomBytes(4).toString('hex')}`;
	if (!(await askFirst(connector.title, name, flags, context))) return skipped('declined');
	const [wanted] = connector.packages;
	const names = wanted === undefined ? [] : [wanted.name, wanted.formerName ?? ''];
	const sdk = names.find((one) => project.installed.has(one)) ?? names[0] ?? '';
	const version = project.installed.get(wanted?.name ?? '');
	const isSdkNewer = wanted !== undefined && version !== undefined && isNewer(wanted, version);
	const { signal } = context.interruption;
	const steps: LiveStep[] = [];
	let hasBegun = false;
	const broken = await context.withProgress('Checking on a sandbox', () =>
		runScript(live.script, {
			nodeOptions: [
				'--disable-warning=ExperimentalWarning',
				...plugAndPlayOptions([project.root, project.workspaceRoot]),
				...envFileOptions(connector, project),
			],
			cwd: dirname(join(project.root, project.connectorPath.value)),
			input: scriptInput(connector, project, flags, name, sdk),
			signal,
			onMessage: (message) => {
				const step = readStep(message);
				if (step !== undefined) steps.push(step);
				if ((message as { step?: unknown }).step === 'create') hasBegun = true;
			},
		}),
	);
	const passed = (id: string) => steps.some((step) => step.id === id && step.status === 'passed');
	const isLeft = !passed('delete') && (passed('create') || (hasBegun && broken !== undefined));
	const report: LiveReport = { sandbox: name, steps, isLeft, broken };
	if (signal.aborted && !isLeft) throw new Cancelled('', { cause: signal.reason });
	return { findings: liveFindings(report, live, isSdkNewer), live: { report, titles: live.titles } };
}
