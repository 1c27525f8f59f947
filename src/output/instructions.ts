import instructionsTemplate from '../../templates/instructions/instructions.md.hbs';
import { describeManager, NPM, runBin } from '../ecosystem/package-managers.ts';
import { safe } from '../lib/sanitize.ts';
import { shellWords, shownCommand } from '../lib/shell.ts';
import { fenceAround } from '../lib/text.ts';
import type { Change } from '../plan/changes.ts';
import { sha256 } from '../plan/fingerprint.ts';
import { specOf } from '../plan/packages.ts';
import { packagesToInstall } from '../plan/plan.ts';
import { folderInRepository, type Proposal } from '../plan/proposal.ts';
import { describeRuntime, describeUnfitNode, describeTargets, ENV_EXAMPLES, sourceFolder } from '../project/project.ts';

/** The lines that the examples of env files lack; a last line without a line end gets one first, as the text says. */
function missingEnvLines(changes: readonly Change[]): { readonly path: string; readonly lines: string }[] {
	return changes.flatMap((change) => {
		if (change.kind !== 'update' || !ENV_EXAMPLES.some((path) => path === change.path)) return [];
		const lines = change.content.slice(change.before.length).replaceAll('\r\n', '\n');
		return [{ path: change.path, lines: lines.replace(/^\n(?=\n)/, '') }];
	});
}

/** Where the commands run, in words; empty where that is the top folder of the repository. */
function projectFolder(proposal: Proposal): string {
	const folder = folderInRepository(proposal.project);
	return folder === '' ? '' : safe('folder', folder);
}

function command({ verb, plan, planFlags }: Proposal, program: string, ...flags: readonly string[]): string {
	return `${program} ${shellWords([verb, plan.connector, ...flags, ...planFlags])}`;
}

/** What the instructions to add and those to update have in common. */
export function sharedView(proposal: Proposal): object {
	const { plan, project, install, program } = proposal;
	const manager = install?.manager ?? NPM;
	return {
		title: plan.title,
		connector: plan.connector,
		shortcut: command(proposal, program.unversioned, '--write', '--yes'),
		dryRun: command(proposal, program.command, '--dry-run'),
		// That one is true only where it is printed; `oldestNode` is told to every reader.
		warnings: plan.warnings.filter((warning) => warning !== describeUnfitNode(project)),
		folder: projectFolder(proposal),
		runtime: describeRuntime(project.runtime),
		oldestNode: /^>=(\d+\.\d+\.\d+)$/.exec(project.runtime.node)?.[1] ?? project.runtime.profile.oldestNode,
		install: install === undefined ? '' : shownCommand(install.command),
		leftToUser: install === undefined ? packagesToInstall(plan).map(specOf) : [],
		typeCheck: shownCommand(runBin(manager, 'tsc', ['--noEmit'])),
	};
}

/** What is known of the file that is there: it is right, or an older one of ours. */
function stateOf(path: string, changes: readonly Change[]): { isRight: boolean; older: string } {
	const change = changes.find((one) => one.path === path);
	return { isRight: change === undefined, older: change?.kind === 'update' ? sha256(change.before) : '' };
}

/** The plan as Markdown for a coding agent: ASCII, LF, the same bytes for the same project. */
export function renderInstructions(proposal: Proposal): string {
	const { plan, project, changes, install, program, planFlags } = proposal;
	const files = plan.files.map(({ path, content, sha256: known }) => ({
		path,
		content,
		fence: fenceAround(content),
		sha256: known ?? sha256(content),
		bytes: content.length,
		...stateOf(path, changes),
	}));
	const otherFlags = planFlags.filter((flag, index) => flag !== '--example' && planFlags[index - 1] !== '--example');
	return instructionsTemplate({
		...sharedView(proposal),
		sourceDir: `${sourceFolder(project)} (${project.sourceDir.from})`,
		packageManager: install === undefined ? 'nothing to install' : describeManager(install.manager),
		targets: describeTargets(project),
		replace: command(proposal, program.unversioned, '--write', '--yes', '--force'),
		merge: command({ ...proposal, verb: 'update' }, program.unversioned, '--write', '--yes'),
		printFile: command(proposal, program.command, '--print-file'),
		files,
		// The longest text stands last, and what is needed of the connector before it.
		texts: files.toReversed(),
		example: plan.files.length > 1,
		kept: plan.packages
			.filter(({ action }) => action === 'keep')
			.map(({ name, range }) => ({ name, range: safe('specifier', range) })),
		envExamples: missingEnvLines(changes),
		manual: plan.manual,
		env: plan.env,
		guide: plan.guide.trimEnd(),
		examples: plan.examples.map(({ name, title, description }) => ({
			title,
			description,
			command: command({ ...proposal, planFlags: otherFlags }, program.command, '--print', '--example', name),
		})),
	});
}
