import instructionsTemplate from '../templates/instructions/instructions.md.hbs';
import type { Change } from './changes.ts';
import { specOf } from './connector-packages.ts';
import { sha256 } from './digest.ts';
import { fenceAround } from './markdown.ts';
import { packagesToInstall } from './plan.ts';
import { folderInRepository, runtimeWords } from './project.ts';
import type { Prospect } from './prospect.ts';
import { shellWords, shownCommand } from './shell-words.ts';

/** The lines that `.env.example` lacks, or an empty string. */
function missingEnvLines(changes: readonly Change[]): string {
	const change = changes.find(({ path }) => path === '.env.example');
	return change?.kind === 'update' ? change.content.slice(change.before.length).replaceAll('\r\n', '\n') : '';
}

/** What the instructions to add and those to update have in common. */
export function sharedView({ plan, project, install, program, planFlags }: Prospect): object {
	return {
		title: plan.title,
		connector: plan.connector,
		command: program.command,
		options: planFlags.length === 0 ? '' : ` ${shellWords(planFlags)}`,
		warnings: plan.warnings,
		packageFolder: folderInRepository(project),
		runtime: runtimeWords(project.runtime),
		install: install === undefined ? '' : shownCommand(install.command),
		leftToUser: install === undefined ? packagesToInstall(plan).map(specOf) : [],
	};
}

/** The plan as Markdown for a coding agent: ASCII, LF, the same bytes for the same project. */
export function renderInstructions(prospect: Prospect): string {
	const { plan, project, changes, install } = prospect;
	return instructionsTemplate({
		...sharedView(prospect),
		sourceDir: `${project.sourceDir.value} (${project.sourceDir.from})`,
		packageManager: install === undefined ? 'nothing to install' : `${install.manager.name} (${install.manager.from})`,
		files: plan.files.map(({ path, content, sha256: known }) => ({
			path,
			content,
			fence: fenceAround(content),
			sha256: known ?? sha256(content),
			bytes: content.length,
		})),
		example: plan.files.length > 1,
		kept: plan.packages.filter(({ action }) => action === 'keep'),
		envExample: missingEnvLines(changes),
		env: plan.env,
		guide: plan.guide,
	});
}
