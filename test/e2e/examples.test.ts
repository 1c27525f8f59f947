import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { expectToLive, scaffold, succeed } from '../support/example-scene.ts';
import { FLUES } from '../support/flue-project.ts';
import { systemPrompt, type ToolCall, toolResults } from '../support/model-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const RULE = 'Always answer in rhymes.';

const SKILL = 'Greets the visitors of the harbour.';

const UNAME = [{ name: 'bash', arguments: { command: 'uname -a' } }];

/** One call of each tool, all of them with paths that only mean something in the cloned project. */
const WORK = [
	{ name: 'bash', arguments: { command: 'pwd && ls -a' } },
	{ name: 'write', arguments: { path: 'notes/today.md', content: 'alpha\nbeta\n' } },
	{ name: 'read', arguments: { path: 'notes/today.md' } },
	{ name: 'edit', arguments: { path: 'notes/today.md', oldText: 'beta', newText: 'gamma' } },
	{ name: 'grep', arguments: { pattern: 'gam*a' } },
	{ name: 'glob', arguments: { pattern: '*.md' } },
	{ name: 'bash', arguments: { command: 'head -n 1 AGENTS.md' } },
] as const satisfies readonly ToolCall[];

/** Of a name that does harm where it becomes part of a command. */
async function repository(): Promise<string> {
	const name = 'a; touch taken $(touch taken)';
	const folder = join(
		temporaryFolder({
			[`${name}/package.json`]: { name: 'harbour', private: true },
			[`${name}/AGENTS.md`]: `${RULE}\n`,
			[`${name}/.agents/skills/greet/SKILL.md`]: `---\nname: greet\ndescription: ${SKILL}\n---\n\nSay ahoy.\n`,
		}),
		name,
	);
	const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'commit.gpgsign=false'];
	for (const args of [
		['init', '-q'],
		['add', '.'],
		[...author, 'commit', '-qm', 'Begin'],
	])
		await execa('git', args, { cwd: folder });
	return folder;
}

describe.each(FLUES)('with Flue $runtime', { timeout: 300_000 }, (flue) => {
	test('the basic example prints what the sandbox says', async () => {
		const scene = await scaffold(flue, 'basic', () => UNAME);
		expect(await succeed(scene, scene.command)).toContain(release());
		expectToLive(scene.daytona, 1);
	});

	test('the coding agent clones a repository, finds its AGENTS.md and skills, and works with every tool inside of it', async () => {
		const scene = await scaffold(flue, 'coding-agent', () => WORK);
		const { daytona, model } = scene;
		const repo = await repository();
		const command = scene.command.replace('https://github.com/your-name/your-project', () => repo);
		expect(await succeed(scene, command)).toContain(`The sandbox says: ${RULE}`);

		const [first] = model.turns;
		expect(first?.tools).toEqual(expect.arrayContaining(['bash', 'write', 'read', 'edit', 'grep', 'glob']));
		expect(first && systemPrompt(first)).toContain(RULE);
		expect(first && systemPrompt(first)).toContain(SKILL);

		const [pwd, , read, , grep, glob, head] = toolResults(model.turns.at(-1)!);
		expect(model.turns).toHaveLength(WORK.length + 1);
		expect(pwd).toMatch(/^\S+\/project\n[^]*AGENTS\.md/);
		expect(read).toContain('alpha\nbeta');
		expect(grep).toMatch(/notes\/today\.md:2:gamma/);
		expect(glob).toMatch(/notes\/today\.md/);
		expect(glob).toMatch(/AGENTS\.md/);
		expect(head).toBe(RULE);
		expectToLive(daytona, 1);
		const { workDir } = daytona.sandboxes.all[0]!;
		expect(readFileSync(join(workDir, 'project/notes/today.md'), 'utf8')).toBe('alpha\ngamma\n');
		expect([...readdirSync(workDir), ...readdirSync(join(workDir, 'project'))]).not.toContain('taken');
	});

	test('the image example starts its sandbox from a snapshot of the image that it defines', async () => {
		const scene = await scaffold(flue, 'image', () => [{ name: 'bash', arguments: { command: 'node --version' } }]);
		const { requests } = scene.daytona;
		expect(await succeed(scene, scene.command)).toContain(process.version);
		const snapshots = requests.matching('POST /snapshots').map(({ body }) => JSON.stringify(body));
		expect(snapshots).toEqual([expect.stringContaining('FROM node:22-bookworm')]);
		const created = requests.matching('POST /sandbox').map(({ body }) => body);
		expect(created).toEqual([expect.objectContaining({ snapshot: 'flue-node-22-ripgrep' })]);
		expectToLive(scene.daytona, 1);
	});
});
