// Prints the services of a Compose file, as the loader of Docker's own Compose takes them.
//
// Arguments: the folder of the file, and the profiles to add to those of its .env.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if err := printServices(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func printServices(folder string, profiles []string) error {
	options, err := cli.NewProjectOptions(
		nil,
		cli.WithWorkingDirectory(folder),
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithDefaultConfigPath,
	)
	if err != nil {
		return err
	}
	if len(profiles) == 0 {
		profiles = strings.Split(options.Environment["COMPOSE_PROFILES"], ",")
	}
	if err := cli.WithProfiles(profiles)(options); err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	for _, name := range project.ServiceNames() {
		fmt.Println(name)
	}
	return nil
}
