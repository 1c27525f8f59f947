import type { ExecOptions } from '../support/connector.ts';
import type { SdkSandbox } from '../support/daytona/client.ts';

/** What the connector of Flue's own guide comes to: each operation is handed to the call of the SDK of that name. */
export function plainConnector({ fs, process }: SdkSandbox) {
	return {
		exec: async (command: string, { cwd, env, timeoutMs }: ExecOptions = {}) => {
			const seconds = timeoutMs === undefined ? undefined : Math.ceil(timeoutMs / 1000);
			const { result, exitCode } = await process.executeCommand(command, cwd, env && { ...env }, seconds);
			return { stdout: result, stderr: '', exitCode };
		},
		readFile: async (path: string) => (await fs.downloadFile(path)).toString('utf8'),
		readFileBuffer: async (path: string) => new Uint8Array(await fs.downloadFile(path)),
		writeFile: async (path: string, content: string | Uint8Array) => {
			await fs.uploadFile(Buffer.from(content as Uint8Array), path);
		},
		stat: (path: string) => fs.getFileDetails(path),
		readdir: async (path: string) => (await fs.listFiles(path)).map(({ name }) => name),
		exists: (path: string) =>
			fs.getFileDetails(path).then(
				() => true,
				() => false,
			),
		mkdir: (path: string) => fs.createFolder(path, '755'),
		rm: (path: string) => fs.deleteFile(path, true),
	};
}
