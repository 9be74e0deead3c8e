// Reads histories of registers and says of each whether porcupine can explain it.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	"github.com/anishathalye/porcupine"
)

type operation struct {
	Write bool   `json:"write"`
	Value string `json:"value"`
	Node  int    `json:"node"`
	Call  int64  `json:"call"`
	Ret   int64  `json:"ret"` // -1: no answer
}

type history struct {
	Name       string      `json:"name"`
	Operations []operation `json:"operations"`
}

var register = porcupine.Model{
	Init: func() interface{} { return "" },
	Step: func(state, input, output interface{}) (bool, interface{}) {
		if op := input.(operation); op.Write {
			return true, op.Value
		}
		return output.(string) == state.(string), state
	},
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var all []history
	if err := json.Unmarshal(text, &all); err != nil {
		panic(err)
	}
	bad := 0
	for _, one := range all {
		var operations []porcupine.Operation
		for n, op := range one.Operations {
			ret := op.Ret
			if ret < 0 {
				ret = math.MaxInt64 / 2
			}
			operations = append(operations, porcupine.Operation{ClientId: n, Input: op, Call: op.Call, Output: op.Value, Return: ret})
		}
		if !porcupine.CheckOperations(register, operations) {
			bad++
			fmt.Println("not linearizable:", one.Name)
		}
	}
	fmt.Printf("%d histories, %d not linearizable\n", len(all), bad)
	if bad > 0 {
		os.Exit(1)
	}
}
