import instructionsTemplate from '../../templates/instructions/instructions.md.hbs';
import { describeManager } from '../ecosystem/package-managers.ts';
import { shellWords, shownCommand } from '../lib/shell.ts';
import { fenceAround } from '../lib/text.ts';
import type { Change } from '../plan/changes.ts';
import { sha256 } from '../plan/fingerprint.ts';
import { specOf } from '../plan/packages.ts';
import { packagesToInstall } from '../plan/plan.ts';
import { folderInRepository, type Proposal } from '../plan/proposal.ts';
import { describeRuntime, describeTargets, ENV_EXAMPLES, sourceFolder } from '../project/project.ts';

/** The lines that the examples of env files lack. */
function missingEnvLines(changes: readonly Change[]): { readonly path: string; readonly lines: string }[] {
	return changes.flatMap((change) => {
		if (change.kind !== 'update' || !ENV_EXAMPLES.some((path) => path === change.path)) return [];
		return [{ path: change.path, lines: change.content.slice(change.before.length).replaceAll('\r\n', '\n') }];
	});
}

/** What the instructions to add and those to update have in common. */
export function sharedView({ plan, project, install, program, planFlags }: Proposal): object {
	return {
		title: plan.title,
		connector: plan.connector,
		command: program.command,
		options: planFlags.length === 0 ? '' : ` ${shellWords(planFlags)}`,
		warnings: plan.warnings,
		packageFolder: folderInRepository(project),
		runtime: describeRuntime(project.runtime),
		oldestNode: project.runtime.profile.oldestNode,
		install: install === undefined ? '' : shownCommand(install.command),
		leftToUser: install === undefined ? packagesToInstall(plan).map(specOf) : [],
	};
}

/** The plan as Markdown for a coding agent: ASCII, LF, the same bytes for the same project. */
export function renderInstructions(proposal: Proposal): string {
	const { plan, project, changes, install } = proposal;
	return instructionsTemplate({
		...sharedView(proposal),
		sourceDir: `${sourceFolder(project)} (${project.sourceDir.from})`,
		packageManager: install === undefined ? 'nothing to install' : describeManager(install.manager),
		files: plan.files.map(({ path, content, sha256: known }) => ({
			path,
			content,
			fence: fenceAround(content),
			sha256: known ?? sha256(content),
			bytes: content.length,
		})),
		example: plan.files.length > 1,
		targets: describeTargets(project),
		kept: plan.packages.filter(({ action }) => action === 'keep'),
		envExamples: missingEnvLines(changes),
		manual: plan.manual,
		env: plan.env,
		guide: plan.guide,
	});
}
