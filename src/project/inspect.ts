import { join } from 'node:path';
import { canonicalVersion, isVersion } from '../ecosystem/flue-versions.ts';
import type { PackageManagerName } from '../ecosystem/package-managers.ts';
import { isConnectorPath } from '../lib/sanitize.ts';
import { NODE_VERSION } from '../system/run-script.ts';
import { findCatalogEntries } from './catalogs.ts';
import { placeConnector } from './connector-path.ts';
import { findTargets } from './deployment-targets.ts';
import { findDurableClasses } from './durable-classes.ts';
import { findOtherEnvFiles, holdsModelKey, readEnvExamples, readEnvFiles } from './env-files.ts';
import { findPackageManager, managerSearch } from './find-package-manager.ts';
import { refuseForeignRoot } from './foreign-root.ts';
import { findUsedVersion, hasInstall } from './installed.ts';
import { safeDependencies } from './package-json.ts';
import { findPackageRoot, type PackageRoot } from './package-root.ts';
import type { Project } from './project.ts';
import { findRuntime } from './runtime.ts';
import { type ModuleSearch, searchModules } from './modules.ts';
import { findSourceBase, findSources } from './sources.ts';
import { readImportExtension } from './tsconfig.ts';
import { readWranglerFile } from './wrangler.ts';

interface InspectOptions {
	readonly cwd: string;
	/** The connector's name, which is also its file's. */
	readonly connector: string;
	/** `--path`: relative to `cwd`, or absolute. */
	readonly path?: string | undefined;
	/** `--runtime` */
	readonly runtime?: string | undefined;
	/** Packages whose installed version is of interest. */
	readonly packages: readonly string[];
	/** `--package-manager` */
	readonly packageManager?: PackageManagerName | undefined;
	/** The environment's `npm_config_user_agent`. */
	readonly userAgent?: string | undefined;
}

/** Looks at the project, once: reads only, starts nothing, asks no network. Throws a UsageError for what the user must mend first. */
export async function inspectProject(options: InspectOptions): Promise<Project> {
	const { connector, packages, packageManager: option, userAgent } = options;
	const root = await findPackageRoot(options.cwd);
	const { path: packageRoot, gitRoot, manifest, workspace, top } = root;
	const manager = await findPackageManager(managerSearch(root, option, userAgent));
	const base = findSourceBase(root.cwd, packageRoot);
	const sourceRoot = join(packageRoot, base);
	const search = once(() => searchModules(sourceRoot, connector));
	const { runtime, warnings } = await findRuntime(root, manager, options.runtime, search);
	const { tree, sourceDir, warnings: sourceWarnings } = findSources(sourceRoot, runtime, search);
	const placement = placeConnector({
		root: packageRoot,
		base,
		connector,
		tree,
		search,
		cwd: root.cwd,
		requested: options.path,
	});
	await refuseForeignRoot(root, {
		hasConnector: placement.existingConnector !== undefined,
		isMeant: options.runtime !== undefined,
	});
	const envFiles = await readEnvFiles(packageRoot, gitRoot);
	// Flue is run in the folder of its sources, and what configures it may be there or at the root.
	const configFolders = base === '' || !isConnectorPath(base.slice(0, -1)) ? [''] : [base, ''];
	const targets = findTargets(packageRoot, configFolders, gitRoot, manifest.scripts);
	const isForCloudflare = targets.some(({ value }) => value === 'cloudflare');
	const workspaceRoot = workspace?.path;
	const envExamples = readEnvExamples(packageRoot);
	return {
		root: packageRoot,
		workspaceRoot,
		gitRoot,
		top,
		runtime,
		node: NODE_VERSION,
		base,
		sourceDir,
		dependencies: safeDependencies(manifest),
		installed: await findInstalled(root, packages),
		catalogued: await findCatalogEntries(root, manager, packages),
		hasInstall: hasInstall(packageRoot, workspaceRoot ?? packageRoot),
		existingConnector: placement.existingConnector,
		isSearchComplete: placement.isSearchComplete,
		connectorPath: placement.connectorPath,
		importExtension: await readImportExtension(packageRoot, top, placement.connectorPath.value),
		packageManager: manager,
		envExamples,
		envFiles,
		otherEnvFiles: findOtherEnvFiles(packageRoot, workspaceRoot ?? packageRoot, manifest.scripts, {
			envFiles,
			envExamples,
		}),
		modelKeyFile: envFiles.find(({ names }) => holdsModelKey(names))?.path,
		targets,
		wrangler: isForCloudflare ? await readWranglerFile(packageRoot, configFolders) : undefined,
		durableClasses: isForCloudflare
			? findDurableClasses({ root: packageRoot, base, dir: sourceDir.value }, runtime, search)
			: [],
		warnings: [...warnings, ...sourceWarnings, ...placement.warnings, ...manager.warnings],
	};
}

async function findInstalled(root: PackageRoot, packages: readonly string[]): Promise<ReadonlyMap<string, string>> {
	const entries = await Promise.all(packages.map(async (name) => [name, await findUsedVersion(root, name)] as const));
	return new Map(
		entries.flatMap(([name, version]) =>
			version !== undefined && isVersion(version) ? [[name, canonicalVersion(version)] as const] : [],
		),
	);
}

function once(search: () => ModuleSearch): () => ModuleSearch {
	let found: ModuleSearch | undefined;
	return () => (found ??= search());
}
