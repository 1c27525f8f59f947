/** A template of `templates/`, compiled by the plugin in `vite.config.ts`; throws when the view lacks a field that it prints. */
declare module '*.hbs' {
	const render: (view: object) => string;
	export default render;
}
