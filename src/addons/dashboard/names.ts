/** Where the dashboard lives; many guides ask for a token in this namespace. */
export const dashboardNamespace = "kubernetes-dashboard";
/** The service account whose token logs in. */
export const dashboardUser = "admin-user";
/** Name of the Service, and of the server itself. */
export const dashboardServer = "headlamp";
/** The server's certificate, among those that were made. */
export const dashboardCertificate = "server";
/** The Secret that holds it. */
export const dashboardSecret = "headlamp-tls";
