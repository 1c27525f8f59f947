// What Flue's own guide makes comes over the network, and no package holds it. This does what the page about it says
// (docs/ecosystem/sandboxes/daytona.md of @flue/runtime): each operation is the call of the SDK of that name.
import { sandboxFromDriver } from '@flue/runtime';

const driverOf = ({ fs, process }) => ({
	async exec(command, { cwd, env, timeoutMs } = {}) {
		const seconds = timeoutMs === undefined ? undefined : Math.ceil(timeoutMs / 1000);
		const { result, exitCode } = await process.executeCommand(command, cwd, env, seconds);
		return { stdout: result, stderr: '', exitCode };
	},
	readFile: async (path) => (await fs.downloadFile(path)).toString('utf8'),
	readFileBuffer: async (path) => new Uint8Array(await fs.downloadFile(path)),
	writeFile: (path, content) => fs.uploadFile(Buffer.from(content), path),
	async stat(path) {
		const { isDir, size, modifiedAt } = await fs.getFileDetails(path);
		return { isFile: !isDir, isDirectory: isDir, size, mtime: new Date(modifiedAt) };
	},
	readdir: async (path) => (await fs.listFiles(path)).map(({ name }) => name),
	exists: (path) =>
		fs.getFileDetails(path).then(
			() => true,
			() => false,
		),
	mkdir: (path) => fs.createFolder(path, '755'),
	async rm(path, { recursive, force } = {}) {
		if (force) throw new Error('Daytona has no force.');
		await fs.deleteFile(path, recursive);
	},
});

export const daytona = (sandbox) => ({
	createSandbox: async () => sandboxFromDriver(driverOf(sandbox), (await sandbox.getWorkDir()) ?? '/home/daytona'),
});
