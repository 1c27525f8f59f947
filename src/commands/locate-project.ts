import type { Connector } from '../connectors/connector.ts';
import { knownManager } from '../ecosystem/package-managers.ts';
import { pathBetween } from '../lib/paths.ts';
import { commandFolder } from '../lib/sanitize.ts';
import type { Proposal } from '../plan/proposal.ts';
import { inspectProject } from '../project/inspect.ts';
import { findProgram } from '../project/program.ts';
import type { Context } from '../terminal/context.ts';
import { readManagerName } from './decide-install.ts';
import { type AddOptions, cwdFlags, pathFlags } from './options.ts';

type Given = Pick<AddOptions, 'cwd' | 'path'> & Partial<Pick<AddOptions, 'runtime' | 'packageManager'>>;

/** The project, and how a command that we print gets there. */
export type Located = Pick<Proposal, 'project' | 'program' | 'folder' | 'pathFlags' | 'cwdFlags'>;

/** Looks at the project, once. `packages`: the names whose installed versions are wanted. Throws a UsageError. */
export async function locateProject(
	connector: Connector,
	packages: readonly string[],
	options: Given,
	{ cwd, env }: Context,
): Promise<Located> {
	const project = await inspectProject({
		cwd: options.cwd ?? cwd,
		connector: connector.name,
		packages,
		path: options.path,
		runtime: options.runtime,
		packageManager: readManagerName(options.packageManager),
		userAgent: env['npm_config_user_agent'],
	});
	const { packageManager, root } = project;
	const folder = commandFolder(pathBetween(cwd, root));
	return {
		project,
		program: findProgram(root, knownManager(packageManager), env),
		folder,
		pathFlags: pathFlags(options, project),
		cwdFlags: cwdFlags(options, folder),
	};
}
