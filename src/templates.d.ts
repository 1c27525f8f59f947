/** A template of `templates/`, compiled by the plugin in `vite.config.ts`; throws when the view lacks a field that it prints. */
declare module '*.hbs' {
	const render: (view: object) => string;
	export default render;
}

/** The text of a script that is run in a process of its own. */
declare module '*.mjs?raw' {
	const text: string;
	export default text;
}
