/** The file that marks a folder as an OCI image layout. */
export const OCI_LAYOUT_FILE = 'oci-layout'
